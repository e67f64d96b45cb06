"""Papers: the same seal in the code and attached, every word there and nothing over another, whatever names are like."""

import io
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import cv2
import pikepdf
import pytest
from PIL import ImageFile

from bench.papers import CODE_MM
from issuer.errors import IssuerError
from office.papers import fonts, pdf, sheet
from office.papers import press as presses
from office.papers.press import Press
from office.papers.sheet import Sheet
from qr.read import read
from seal import cose, wire
from seal.site import Point, Site
from seal.trust import TrustList
from tests.conftest import ROOT, unavailable
from tests.issuer.dying import wait_for_end_of
from tests.office.papers.names import LONGEST
from tests.office.papers.pdfa import faults
from tests.world import HOST, World

AT = 1_795_521_600  # 2026-11-24
FOOTPRINT = Site(Point(31.2001, 29.9187), 0, ((0, 0), (300, 0), (300, 200), (0, 200)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def token_of(text: str) -> bytes:
    return wire.token(text).to_bytes()


def sheet_of(world: World, *, size: str = "A4", serial: int = 1, **changes: object) -> tuple[str, Sheet]:
    """A seal's text, and the paper of it."""
    text = world.seal(world.license(**changes))
    return text, sheet.of(token_of(text), size=size, host=HOST, trust=world.trust, serial=serial, at=AT)  # type: ignore[arg-type]


Papers = Callable[[str, Mapping[str, object]], tuple[str, Sheet, bytes]]


@pytest.fixture(scope="module")
def paper(world: World) -> Papers:
    """A seal's text, its paper, and that as it was set: once for all tests that only look at it."""
    made = dict[tuple[str, str], tuple[str, Sheet, bytes]]()

    def of(size: str, changes: Mapping[str, object]) -> tuple[str, Sheet, bytes]:
        key = size, repr(changes)
        if key not in made:
            text, set_ = sheet_of(world, size=size, **changes)
            made[key] = text, set_, pdf.render(set_)
        return made[key]

    return of


def tool(*words: str | Path) -> str:
    try:
        done = subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True)
    except FileNotFoundError:
        unavailable("no poppler: run .ci/system-packages test")
    assert done.stderr == "", "it complains of the file"
    return done.stdout


def structure(path: Path) -> tuple[int, int, int]:
    """How many titles of both ranks and figures poppler finds in the structure, which holds the page's words in their order."""
    told = tool("pdfinfo", "-struct-text", path)
    words = [told.find(f'"{words}"') for words in ("Middle District", "Trade name", "From", HOST)]
    assert -1 < words[0] < words[1] < words[2] < words[3]
    return told.count("H1 (block)"), told.count("H2 (block)"), tool("pdfinfo", "-struct", path).count("Figure")


def said(made: bytes) -> list[str]:
    """Every line, as it is read aloud, in its order."""
    with pikepdf.open(io.BytesIO(made)) as opened:
        elements = opened.Root.StructTreeRoot.ParentTree.Nums[1]
        return [str(element.ActualText).strip() for element in elements if "/ActualText" in element]


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("size", ["A4", "A5"])
@pytest.mark.parametrize("changes", [{}, LONGEST, {"site": FOOTPRINT}], ids=["usual", "longest", "footprint"])
def test_another_program_reads_the_same_seal_from_the_page_and_from_the_file(
    paper: Papers, tmp_path: Path, size: str, changes: dict[str, object]
) -> None:
    text, set_, made = paper(size, changes)
    assert faults(made) == []
    path = tmp_path / "paper.pdf"
    path.write_bytes(made)
    tool("pdftoppm", "-r", "150", "-gray", "-singlefile", path, tmp_path / "page")
    seen = cv2.imread(str(tmp_path / "page.pgm"), cv2.IMREAD_GRAYSCALE)
    left, low, right, high = (round(side * 150 / 72) for side in figure(path))
    code = seen[len(seen) - high : len(seen) - low, left:right]
    for picture in (seen, code):
        assert list(read(picture, ours=lambda found: found.startswith("https://"))) == [text]
    tool("pdfdetach", "-saveall", "-o", tmp_path, path)
    attached = (tmp_path / f"{set_.number}-0.cose").read_bytes()
    assert attached == token_of(text)
    assert attached[0] == 0xD2  # RFC 9052 §2: tag 18, a COSE_Sign1
    assert wire.write(cose.from_bytes(attached), HOST) == text
    assert structure(path) == (1, 1, 1)
    told = tool("pdfinfo", path)
    assert re.search(r"Tagged: +yes", told)
    assert re.search(r"Pages: +1\n", told)
    assert re.search(r"JavaScript: +no", told)
    height, width = (297, 210) if size == "A4" else (148, 210)
    assert seen.shape == pytest.approx((height / 25.4 * 150, width / 25.4 * 150), abs=1.5)
    rows = tool("pdffonts", path).splitlines()[2:]
    assert len(rows) >= 3
    assert all(re.search(r"Identity-H +yes yes yes", row) for row in rows)


def figure(path: Path) -> tuple[float, ...]:
    """Where the file says that its figure is, in points from the lower corner: left, low, right, high."""
    with pikepdf.open(path) as opened:
        (found,) = (each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.Figure)
        return tuple(map(float, found.A.BBox))


def words_on(path: Path) -> list[tuple[float, float, float, float]]:
    """Where words stand, in points: left, top, right, bottom."""
    boxes = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', tool("pdftotext", "-bbox", path, "-"))
    found = [tuple(map(float, box)) for box in boxes]
    return [box for box in found if box[2] - box[0] > 0.1]  # type: ignore[misc]


@pytest.mark.parametrize("size", ["A4", "A5"])
@pytest.mark.parametrize("changes", [{}, LONGEST, {**LONGEST, "trade_name": "W" * 80, "holder": "م" * 80, "address": "ض" * 120}])
def test_nothing_stands_over_anything_else_and_nothing_beyond_the_frame(
    paper: Papers, tmp_path: Path, size: str, changes: dict[str, object]
) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper(size, changes)[2])
    points = 72 / 25.4
    margin = (10 if size == "A4" else 5) * points
    width, height = 210 * points, (297 if size == "A4" else 148) * points
    left, low, right, high = figure(path)
    top, side = height - high, right - left
    assert (side, high - low) == pytest.approx((CODE_MM[size] * points,) * 2, abs=0.1), "the bench reads codes of another size"
    assert margin < left and right < width - margin and margin < low and high < height - margin
    boxes = words_on(path)
    assert len(boxes) > 30
    for x0, y0, x1, y1 in boxes:
        assert margin <= x0 < x1 <= width - margin
        assert margin <= y0 < y1 <= height - margin
        assert x1 <= left or x0 >= right or y1 <= top + 1 or y0 >= top + side - 1, "a word on the code"
    assert_apart(boxes)


def assert_apart(boxes: list[tuple[float, float, float, float]]) -> None:
    """No word of a page stands over another."""
    for place, (x0, y0, x1, y1) in enumerate(boxes):  # a line's box is higher than its letters: only the inner part counts
        for u0, v0, u1, v1 in boxes[place + 1 :]:
            high, deep = (y1 - y0) / 4, (v1 - v0) / 4
            apart = x1 <= u0 + 0.5 or u1 <= x0 + 0.5 or y1 - high <= v0 + deep or v1 - deep <= y0 + high
            assert apart, ((x0, y0, x1, y1), (u0, v0, u1, v1))


def test_every_word_can_be_read_aloud_in_its_order(paper: Papers) -> None:
    _, set_, made = paper("A4", LONGEST)
    told = said(made)
    together = " ".join(told)
    names = ("ترخيص إعلان", "License · Advertisement", "حي وسط", "Middle District")
    for expected in (set_.number, HOST, *names, "2026-12-31", "الاسم التجاري ·"):
        assert expected in told
    for row in set_.rows:
        assert row.value in together, row.label_en
    assert "صوّر الرمز للتحقق، ولا تثق إلا في هذا الموقع. الورقة وحدها لا تثبت شيئًا." in together
    assert "نسخة مطبوعة رقم" in together


@pytest.mark.parametrize(
    ("text", "way"),
    [("مخبز النور", "rtl"), ("14 Fouad Street", "ltr"), ("14 شارع فؤاد", "rtl"), ("Nile", "ltr"), ("7", "rtl"), ("«Café» النيل", "ltr")],
)
def test_a_name_is_set_in_the_direction_of_its_first_letter(text: str, way: str) -> None:
    assert pdf.direction(text) == way


def test_latin_names_are_not_turned_round(world: World, tmp_path: Path) -> None:
    """In a line from right to left, "14 Fouad Street." would have its number behind and its full stop before."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf.render(sheet_of(world, holder="Nile Trading Co.", address="14 Fouad Street.")[1]))
    seen = tool("pdftotext", "-layout", path, "-").splitlines()
    assert {"Nile Trading Co.", "14 Fouad Street."} <= {line.strip() for line in seen}


def test_a_copy_says_its_number_or_that_it_has_none(world: World) -> None:
    numbered = " ".join(said(pdf.render(sheet_of(world, serial=7)[1])))
    assert "Printed copy no. 7, 2026-11-24" in numbered
    assert "Copy without a number, 2026-11-24" in " ".join(said(pdf.render(sheet_of(world, serial=0)[1])))


HOSTILE = [
    '<img src="file:///etc/passwd">',
    "<style>@import url(file:///etc/hostname)</style>",
    "</p></body><script>alert(1)</script>",
    "{{ 7*7 }} {% raw %}",
    "&amp; &lt;b&gt; ‹›",
    "url(http://127.0.0.1:1/x)",
]


STRANGE = ["مخبز ﷲ ﷺ", "Ελληνικά Кафе ŻółW", "مَخْبَزُ النُّورِ بِاللَّهِ", "東京 🍞 مخبز", "ڤيكتوريا گالیری پارك"]
FIELDS = ("trade_name", "holder", "address")


@pytest.fixture(scope="module")
def named(world: World) -> Callable[[str], tuple[bytes, list[str]]]:
    """A paper on which a name stands, and all that was fetched for it.

    Up to three strange names share a paper; each hostile one has a paper on which it is the trade name, and stands elsewhere on two more.
    """
    made = dict[int, tuple[bytes, list[str]]]()
    turned = [[*HOSTILE[first:], *HOSTILE[:first]][: len(FIELDS)] for first in range(len(HOSTILE))]
    names = (*turned, STRANGE[:3], STRANGE[3:])
    assert {len(each) for each in names} <= set(range(1, len(FIELDS) + 1))

    def of(name: str) -> tuple[bytes, list[str]]:
        hostile = name in HOSTILE
        (number,) = (number for number, together in enumerate(names) if (together[0] == name if hostile else name in together))
        if number not in made:
            opened: list[str] = []
            fetch = pdf.OnlyOurs.fetch

            def watched(self: pdf.OnlyOurs, url: str, headers: object = None) -> object:
                opened.append(url)
                return fetch(self, url, headers)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(pdf.OnlyOurs, "fetch", watched)
                changes = dict(zip(FIELDS, names[number], strict=False))
                made[number] = pdf.render(sheet_of(world, **changes)[1]), opened
        return made[number]

    return of


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_printed_as_it_is_and_does_nothing(named: Callable[[str], tuple[bytes, list[str]]], name: str) -> None:
    made, opened = named(name)
    assert squeezed(name) in squeezed("".join(said(made)))  # it may take two lines
    assert faults(made) == []
    ours = {fonts.path(face).as_uri() for face in fonts.FACES}
    assert {url for url in opened if not url.startswith("data:")} <= ours


def test_nothing_is_ever_fetched_but_fonts() -> None:
    for url in ("file:///etc/passwd", "http://127.0.0.1:1/", "https://example.com/", "ftp://example.com/x", "file:///etc/../etc/passwd"):
        with pytest.raises(Exception, match="fetches nothing"):
            pdf.OnlyOurs().fetch(url)


@pytest.mark.parametrize("name", STRANGE)
def test_letters_of_any_kind_are_drawn_or_seen_to_be_missing(named: Callable[[str], tuple[bytes, list[str]]], name: str) -> None:
    made, _ = named(name)
    assert faults(made) == []
    drawable = fonts.drawable(name)
    assert ("東" in name) == (fonts.UNKNOWN in drawable)
    assert drawable in said(made)


def test_a_seal_of_an_unknown_key_is_not_printed(world: World) -> None:
    text = world.seal(world.license())
    without = world.trust._replace(keys={})
    with pytest.raises(IssuerError, match="no_published_key"):
        sheet.of(token_of(text), size="A4", host=HOST, trust=without, serial=1, at=AT)
    assert isinstance(world.trust, TrustList)


def test_words_that_fit_on_no_page_are_said_so(world: World) -> None:
    _, set_ = sheet_of(world)
    crowded = set_._replace(rows=set_.rows * 2)
    with pytest.raises(IssuerError, match="paper_too_full"):
        pdf.render(crowded)


def test_the_press_works_in_a_process_of_its_own_and_starts_another_after_a_while_or_a_death(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, set_ = sheet_of(world)
    monkeypatch.setattr(fonts, "_KEPT", [])
    monkeypatch.setattr(presses, "_begun", presses._begun.__wrapped__)  # type: ignore[attr-defined] # it is told no fonts
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Press(papers=2) as press:
        processes = set()
        for number in range(3):
            assert faults(press.render(set_)) == []
            assert press._pool is not None
            if number == 0:  # it made the fonts and told them; the others are told them
                told = fonts.kept() or ""
                assert "Cairo" in told
                fonts.keep(told + "/* told */")
            elif number == 2:
                assert press._pool.submit(fonts.style).result().endswith("/* told */")
            processes |= set(press._pool._processes or {})
        assert len(processes) == 2
        with pytest.raises(IssuerError, match="paper_too_full"):
            press.render(set_._replace(rows=set_.rows * 2))
        hanging = press._begin(set_._replace(rows=set_.rows * 2))
        for process in list((press._pool._processes or {}).values()):
            process.kill()
        with pytest.raises(BrokenProcessPool):
            hanging.result(60)
        with pytest.raises(IssuerError, match="paper_failed"):
            press.render(set_)
        assert faults(press.render(set_)) == []
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir()), "a process left its fonts"


def test_the_web_s_workers_do_not_load_what_sets_papers() -> None:
    program = "import sys; from office.papers import press, prints, sheet; print('weasyprint' in sys.modules)"
    assert tool(sys.executable, "-c", program) == "False\n"


def test_the_press_does_not_load_what_asks_a_register() -> None:
    program = "import sys; from office.papers import pdf, press, sticker_pdf; print('sqlalchemy' in sys.modules)"
    assert tool(sys.executable, "-c", program) == "False\n"


def children_of(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_the_press_ends_with_the_process_that_began_it_however_that_ends(world: World, tmp_path: Path) -> None:
    (tmp_path / "sheet").write_bytes(pickle.dumps((sheet_of(world)[1], fonts.style())))
    program = (
        "import pickle, sys; from office.papers import fonts, press\n"
        "if __name__ == '__main__':\n"
        "    sheet, rules = pickle.load(open(sys.argv[1], 'rb')); fonts.keep(rules)\n"
        "    press.shared().render(sheet); print('set', flush=True); input()\n"
    )
    (tmp_path / "printing.py").write_text(program)
    words = [sys.executable, str(tmp_path / "printing.py"), str(tmp_path / "sheet")]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}  # noqa: TID251
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, text=True, env=environment, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "set\n"
        setting = children_of(process.pid)
        process.kill()
    assert setting
    wait_for_end_of(sorted(setting))
    assert not list(scratch.iterdir()), "a process left its fonts"


def test_a_crowd_does_not_hold_every_thread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presses, "WAITING", 2)
    _, set_ = sheet_of(world)
    with Press() as press, ThreadPoolExecutor(8) as crowd:
        told = list(crowd.map(lambda _: outcome(press, set_), range(8)))
    assert 2 <= told.count("set") < 8
    assert set(told) == {"set", "paper_busy"}


def outcome(press: Press, set_: Sheet) -> str:
    try:
        press.render(set_)
    except IssuerError as refused:
        return refused.code
    return "set"


def test_setting_papers_leaves_the_reading_of_pictures_strict() -> None:
    """WeasyPrint turns that off for the whole process, and cut uploads would no longer be refused."""
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
