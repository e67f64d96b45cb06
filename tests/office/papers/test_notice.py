"""The notice on paper: the same notice in the code and attached, every word there, on as many pages as it needs."""

from __future__ import annotations

import dataclasses
import io
from datetime import date
from pathlib import Path

import cv2
import pikepdf
import pytest

from issuer.errors import IssuerError
from office.papers import notice, pdf, press
from office.papers.notice import NoticePaper, Reason, notice_paper
from office.papers.press import Press
from qr.read import read
from seal import cose, notices
from seal.errors import FormatError
from tests.office.papers.pdfa import faults
from tests.office.papers.test_pdf import HOSTILE, assert_apart, figure, said, squeezed, tool, words_on
from tests.world import HOST, World

REASON = Reason("الطاولات تشغل أكثر من نصف عرض الرصيف", "Tables take more than half of the pavement's width", "serious")
FACTS = NoticePaper(
    number=notices.number("MID", 2026, 123),
    governorate=("محافظة الإسكندرية", "Alexandria Governorate"),
    authority=("حي وسط", "Middle District"),
    violation=("إشغال الرصيف بغير ترخيص", "Pavement occupied without a license"),
    basis=("قانون إشغال الطرق العامة رقم 140 لسنة 1956 (نموذج)", "Law 140/1956 on the occupation of public roads (sample)"),
    reasons=(REASON, Reason("لا يوجد ممر للمشاة", "No way is left for people on foot", "critical")),
    place="شارع فؤاد، أمام العقار 12",
    reported_on=date(2026, 11, 20),
    approved_on=date(2026, 11, 23),
    pay=("في خزينة الحي، أو في مكاتب البريد برقم الإخطار.", "At the district's counter, or at post offices by the notice's number."),
    object=("من صفحة هذا الإخطار على الموقع، أو كتابة لدى الحي.", "On this notice's page, or in writing at the district."),
    sample=True,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module", autouse=True)
def keys(world: World) -> None:
    world.notice_keys()


def made(world: World, changes: dict[str, object] | None = None, **facts: object) -> tuple[str, bytes]:
    text = world.notice(**(changes or {}))
    return text, pdf.render(notice.of(dataclasses.replace(FACTS, **facts), text))  # type: ignore[arg-type]


LONGEST = {"holder": "م" * 80, "violation": "v" * 32, "piastres": notices.PIASTRES_MAX, "license": None, "occurrence": 3}


@pytest.mark.parametrize(
    ("changes", "facts", "pages"),
    [
        ({}, {}, 1),
        (LONGEST, {"place": "ض" * 120, "basis": ("ش" * 200, "W" * 200)}, 2),
        ({}, {"reasons": (REASON,) * 60, "place": None, "sample": False}, 4),
    ],
    ids=["usual", "longest", "many reasons"],
)
def test_another_program_reads_the_same_notice_from_the_page_and_from_the_file(
    world: World, tmp_path: Path, changes: dict[str, object], facts: dict[str, object], pages: int
) -> None:
    text, paper = made(world, changes, **facts)
    assert faults(paper) == []
    path = tmp_path / "notice.pdf"
    path.write_bytes(paper)
    tool("pdftoppm", "-r", "150", "-gray", "-f", "1", "-l", "1", "-singlefile", path, tmp_path / "page")
    seen = cv2.imread(str(tmp_path / "page.pgm"), cv2.IMREAD_GRAYSCALE)
    assert list(read(seen, ours=notices.ours)) == [text]
    tool("pdfdetach", "-saveall", "-o", tmp_path, path)
    attached = (tmp_path / f"{FACTS.number}.cose").read_bytes()
    assert attached[:1] == cose.TAG
    assert notices.write(attached, HOST) == text
    told = tool("pdfinfo", path)
    assert f"Pages:           {pages}\n" in told
    assert "Tagged:          yes" in told
    for number in range(1, pages + 1):  # each page names the notice, and how many there are
        assert f"{FACTS.number}·{number}/{pages}" in squeezed(tool("pdftotext", "-f", str(number), "-l", str(number), path, "-"))


def test_nothing_stands_over_anything_else(world: World, tmp_path: Path) -> None:
    path = tmp_path / "notice.pdf"
    for changes in ({}, {**LONGEST, "piastres": 99_999_999_999}):
        path.write_bytes(made(world, changes)[1])
        with pikepdf.open(path) as opened:
            only_first = pikepdf.new()
            only_first.pages.append(opened.pages[0])
            only_first.save(tmp_path / "first.pdf")
        left, low, right, high = figure(path)
        boxes = words_on(tmp_path / "first.pdf")
        assert len(boxes) > 80
        height = 297 * 72 / 25.4
        for x0, y0, x1, y1 in boxes:
            assert x1 <= left or x0 >= right or y1 <= height - high + 1 or y0 >= height - low - 1, "a word on the code"
        assert_apart(boxes)


def test_it_says_all_that_the_code_says_and_all_that_it_has_no_room_for(world: World) -> None:
    _, paper = made(world)
    together = " ".join(said(paper))
    held = world.noticed()
    code_s = (held.number, held.holder, held.license or "", "1,250.00", "15 يوم عمل", "30 working days after it is served", "ثاني مرة")
    for expected in (*code_s, "31.20010, 29.91870", "Second time", HOST, *FACTS.governorate, *FACTS.authority, *FACTS.violation):
        assert expected in together, expected
    for expected in (*FACTS.basis, *FACTS.pay, *FACTS.object, "2026-11-20", "2026-11-23", FACTS.place or "", "Critical", "خطيرة"):
        assert squeezed(expected) in squeezed(together), expected
    for reason in FACTS.reasons:
        assert squeezed(reason.ar) in squeezed(together)
        assert reason.en in together
    assert "مبالغ تجريبية" in together
    assert "It is no license" in together
    assert "Sample" not in " ".join(said(made(world, sample=False)[1]))


def test_without_a_license_it_says_so(world: World) -> None:
    assert "None, or not known" in " ".join(said(made(world, {"license": None})[1]))


def test_words_of_another_notice_are_refused(world: World) -> None:
    with pytest.raises(IssuerError, match="paper_differs"):
        made(world, {"number": notices.number("MID", 2026, 124)})
    with pytest.raises(FormatError, match="not_a_notice"):
        notice.of(FACTS, world.seal(world.license()))
    with pytest.raises(IssuerError, match="paper_too_full"):
        made(world, reasons=(REASON,) * 101)


def test_a_text_is_printed_as_it_is_and_does_nothing(world: World) -> None:
    reasons = tuple(Reason(hostile, hostile, "minor") for hostile in HOSTILE)
    _, paper = made(world, reasons=reasons, place="東京 🍞 <b>")
    assert faults(paper) == []
    together = squeezed("".join(said(paper)))
    assert all(squeezed(hostile) in together for hostile in HOSTILE)


def test_it_is_set_in_the_press(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text = world.notice()
    with Press() as own:
        monkeypatch.setattr(press, "shared", lambda: own)
        paper = notice_paper(FACTS, text)
    assert faults(paper) == []
    with pikepdf.open(io.BytesIO(paper)) as opened:
        assert str(opened.docinfo.Title) == FACTS.number
