"""Pages drawn for reviewers: bounded before they cost, without what hides in a file, and never by a parser in the desk's own process."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image

from issuer.sentences import say
from office.previews import drawing
from office.previews.drawing import Previews, draw
from office.previews.errors import PreviewError
from tests.office.applications.test_documents import bomb, javascript, saved
from tests.office.applications.workplace import pdf


def refused(doing: Callable[[], object]) -> str:
    """The code of what is not drawn; it has a sentence in both languages, which says that the document may be downloaded."""
    with pytest.raises(PreviewError) as error:
        doing()
    assert "download" in say(error.value.code, "en") and "نزّل" in say(error.value.code, "ar")
    return error.value.code


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def paper(*sizes: tuple[float, float], strokes: bytes = b"1 0 0 rg 10 10 80 80 re f") -> bytes:
    """Pages of these sizes in points, each with `strokes` on it: a red square near the lower left corner."""
    made = pikepdf.new()
    for size in sizes:
        made.add_blank_page(page_size=size)
    for page in made.pages:
        page.Contents = made.make_stream(strokes)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def test_each_page_is_drawn_in_its_colours_and_counted() -> None:
    content = paper((100, 100), (100, 200))
    first, second = (draw(content, "application/pdf", page=number, zoom="full") for number in (1, 2))
    assert (first.pages, second.pages) == (2, 2)
    with picture(first.content) as seen:
        assert (seen.format, seen.size) == ("JPEG", (first.width, first.height))
        red, green, _ = seen.getpixel((seen.width // 2, seen.height // 2))  # type: ignore[misc]
        assert red > 200 and green < 60
        assert max(seen.getpixel((5, 5))) > 240  # type: ignore[arg-type]  # paper is white
    assert second.height == pytest.approx(2 * second.width, abs=2)
    assert refused(lambda: draw(content, "application/pdf", page=3, zoom="fit")) == "preview_page_unknown"


def test_what_was_typed_into_a_form_is_seen() -> None:
    """A form that shows empty to whoever judges it, and filled in to whoever downloads it, would be two documents."""
    made = pikepdf.open(io.BytesIO(paper((100, 100), strokes=b"")))
    shown = made.make_stream(b"0 0 1 rg 0 0 80 80 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 80, 80])
    field = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="x", V="x", Rect=[10, 10, 90, 90], F=4,
        AP=pikepdf.Dictionary(N=shown),
    )  # fmt: skip
    made.pages[0].Annots = pikepdf.Array([made.make_indirect(field)])
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([made.pages[0].Annots[0]]))
    written = io.BytesIO()
    made.save(written)
    drawn = draw(written.getvalue(), "application/pdf", page=1, zoom="fit")
    with picture(drawn.content) as seen:
        red, _, blue = seen.getpixel((seen.width // 2, seen.height // 2))  # type: ignore[misc]
    assert blue > 200 and red < 80


@pytest.mark.parametrize("zoom", ["fit", "full"])
@pytest.mark.parametrize("size", [(14_400.0, 14_400.0), (14_400.0, 3.0), (3.0, 3.0)])
def test_a_page_of_any_size_takes_no_more_pixels_than_it_may(size: tuple[float, float], zoom: drawing.Zoom) -> None:
    drawn = draw(paper(size), "application/pdf", page=1, zoom=zoom)
    assert min(drawn.width, drawn.height) >= 1 and max(drawn.width, drawn.height) <= drawing.SIDES[zoom] + 1


def test_pages_beyond_those_that_are_drawn_are_told_of_and_not_drawn() -> None:
    content = paper(*[(50.0, 50.0)] * (drawing.PAGES_MOST + 2))
    assert draw(content, "application/pdf", page=drawing.PAGES_MOST, zoom="fit").pages == drawing.PAGES_MOST + 2
    assert refused(lambda: draw(content, "application/pdf", page=drawing.PAGES_MOST + 1, zoom="fit")) == "preview_page_unknown"


def test_a_photograph_is_upright_scaled_and_without_what_hides_in_it() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "SECRET-PLACE"  # turned by a quarter
    written = io.BytesIO()
    Image.new("RGB", (3000, 1500), "teal").save(written, "JPEG", exif=exif, comment=b"SECRET-NOTE")
    drawn = draw(written.getvalue() + b"<script>alert(1)</script>", "image/jpeg", page=1, zoom="fit")
    assert (drawn.width, drawn.height, drawn.pages) == (700, 1400, 1)
    assert not any(secret in drawn.content for secret in (b"SECRET", b"Exif", b"script"))


def test_what_shines_through_is_drawn_on_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(written, "PNG")
    with picture(draw(written.getvalue(), "image/png", page=1, zoom="fit").content) as seen:
        assert min(seen.convert("RGB").getpixel((25, 25))) > 240  # type: ignore[type-var,arg-type]


@pytest.mark.parametrize(
    ("content", "media", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/png", "preview_broken"),
        (b"<html><script>alert(1)</script>", "image/jpeg", "preview_broken"),
        (b"\xff\xd8\xff" + bytes(40), "image/jpeg", "preview_broken"),
        (b"GIF89a" + bytes(40), "image/png", "preview_broken"),
        (bomb(12_000, 8_000), "image/png", "preview_costly"),
        (b"%PDF-1.7 nothing", "application/pdf", "preview_broken"),
        (b"<script>alert(1)</script>", "application/pdf", "preview_broken"),
        (saved(lambda made: None, encryption=pikepdf.Encryption(owner="o", user="secret")), "application/pdf", "preview_locked"),
    ],
)
def test_what_is_no_page_is_said_to_be_none(content: bytes, media: str, code: str) -> None:
    assert refused(lambda: draw(content, media, page=1, zoom="fit")) == code


def test_a_program_in_a_document_does_nothing() -> None:
    """Such a document is refused as it comes in; were it here all the same, its page is drawn and its program is not run."""
    assert draw(saved(javascript), "application/pdf", page=1, zoom="fit").pages == 1


def strokes() -> bytes:
    """A page that asks for two million strokes behind a few octets."""
    made = pikepdf.open(io.BytesIO(paper((600, 800))))
    made.pages[0].Contents = made.make_stream(b"0 0 m 600 800 l S 600 0 m 0 800 l S\n" * 1_000_000)
    written = io.BytesIO()
    made.save(written, compress_streams=True)
    return written.getvalue()


@pytest.mark.long  # it costs what a page may
def test_a_page_that_costs_too_much_is_stopped() -> None:
    content = strokes()
    assert len(content) < 1 << 20
    assert refused(lambda: draw(content, "application/pdf", page=1, zoom="full")) == "preview_costly"


def test_what_costs_too_much_costs_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    previews, tried = Previews(), []

    def stopped(*_: object, **__: object) -> drawing.Page:
        tried.append(1)
        raise PreviewError("preview_costly", "exit -24")

    monkeypatch.setattr(drawing, "draw", stopped)
    for _ in range(3):
        assert refused(lambda: previews.page(bytes(32), b"", "application/pdf", page=1, zoom="full")) == "preview_costly"
    assert len(tried) == 1


def test_a_page_that_takes_too_long_is_given_up_and_may_be_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    previews = Previews()
    with monkeypatch.context() as hurried:
        hurried.setattr(drawing, "WALL_SECONDS", 0.01)
        assert refused(lambda: previews.page(bytes(32), pdf(), "application/pdf", page=1, zoom="fit")) == "preview_costly"
    assert previews.page(bytes(32), pdf(), "application/pdf", page=1, zoom="fit").pages == 1


def test_whoever_comes_while_all_draw_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(drawing, "AT_ONCE", 1)
    previews = Previews()
    with previews._turn():
        assert refused(lambda: previews.page(bytes(32), pdf(), "application/pdf", page=1, zoom="fit")) == "preview_busy"


def test_memory_holds_the_last_pages_and_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    made = drawing.Page(b"\xff\xd8\xff" + bytes(997), 1, 1, 1)
    drawn: list[int] = []
    monkeypatch.setattr(drawing, "REMEMBERED_MOST", 2_500)
    monkeypatch.setattr(drawing, "draw", lambda content, media, *, page, zoom: drawn.append(page) or made)
    previews = Previews()
    for page in (1, 2, 1, 3, 1, 2):  # at 3 the memory is full, and 2 was asked for before 1
        previews.page(bytes(32), b"", "application/pdf", page=page, zoom="fit")
    assert drawn == [1, 2, 3, 2]


def test_the_process_that_draws_knows_no_secret_of_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    real = drawing.subprocess.run
    monkeypatch.setattr(drawing.subprocess, "run", lambda *told, env, **more: seen.append(env) or real(*told, env=env, **more))
    draw(pdf(), "application/pdf", page=1, zoom="fit")
    assert seen == [{}]


def test_what_a_broken_process_writes_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    told = drawing.HEAD.pack(1, 1, 1) + b"<script>alert(1)</script>"
    monkeypatch.setattr(drawing.subprocess, "run", lambda *_, **__: drawing.subprocess.CompletedProcess([], 0, told, b""))
    assert refused(lambda: draw(pdf(), "application/pdf", page=1, zoom="fit")) == "preview_broken"
