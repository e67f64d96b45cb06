"""The checker of papers: it passes what we make, and finds each breach."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from office.papers import pdf, sheet
from seal import wire
from tests.office.papers.pdfa import faults
from tests.world import HOST, World


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    world = World(tmp_path_factory.mktemp("world"))
    text = world.seal(world.license())
    token = wire.token(text).to_bytes()
    return pdf.render(sheet.of(token, size="A5", host=HOST, trust=world.trust, serial=1, at=1_795_521_600))


def test_a_paper_breaks_no_rule(paper: bytes) -> None:
    assert faults(paper) == []


def first_font(pdf_: Pdf) -> Dictionary:
    return next(iter(pdf_.pages[0].Resources.Font.values()))


def without_font(pdf_: Pdf) -> None:
    del first_font(pdf_).DescendantFonts[0].FontDescriptor["/FontFile2"]


def without_meaning(pdf_: Pdf) -> None:
    del first_font(pdf_)["/ToUnicode"]


def meaning_nothing(pdf_: Pdf) -> None:
    stream = first_font(pdf_).ToUnicode
    head, _, tail = stream.read_bytes().partition(b"beginbfchar")
    code, _, rest = tail.partition(b"> <")
    stream.write(head + b"beginbfchar" + code + b"> <>" + rest.partition(b">")[2])


def of_other_widths(pdf_: Pdf) -> None:
    widths = first_font(pdf_).DescendantFonts[0].W
    widths[1] = Array([int(width) + 40 for width in widths[1]]) if isinstance(widths[1], Array) else widths[1]


def drawing(octets: bytes) -> Callable[[Pdf], None]:
    def draw(pdf_: Pdf) -> None:
        page = pdf_.pages[0]
        page.Contents = pdf_.make_stream(page.Contents.read_bytes() + b"\n" + octets)

    return draw


def metadata(old: bytes, new: bytes) -> Callable[[Pdf], None]:
    def change(pdf_: Pdf) -> None:
        told = pdf_.Root.Metadata.read_bytes()
        assert old in told
        pdf_.Root.Metadata.write(told.replace(old, new))

    return change


def with_script(pdf_: Pdf) -> None:
    pdf_.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def with_link(pdf_: Pdf) -> None:
    pdf_.pages[0].obj.Annots = Array([pdf_.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9]))])


def with_other_profile(pdf_: Pdf) -> None:
    stream = pdf_.Root.OutputIntents[0].DestOutputProfile
    stream.write(stream.read_bytes()[:-100])


def see_through(pdf_: Pdf) -> None:
    pdf_.pages[0].Resources.ExtGState.x = pdf_.make_indirect(Dictionary(ca=0.5))


def without_words_for_the_code(pdf_: Pdf) -> None:
    for element in pdf_.objects:
        if isinstance(element, Dictionary) and str(element.get("/S", "")) == "/Figure":
            del element["/Alt"]


def with_the_code_elsewhere(pdf_: Pdf) -> None:
    for element in pdf_.objects:
        if isinstance(element, Dictionary) and str(element.get("/S", "")) == "/Figure":
            element.A.BBox = Array([22, 28, 525, 531])  # in pixels, as it was before


def of_no_standard_type(pdf_: Pdf) -> None:
    for element in pdf_.objects:
        if isinstance(element, Dictionary) and str(element.get("/S", "")) == "/H1":
            element.S = Name.Heading


def removing(owner: Callable[[Pdf], Dictionary], key: str) -> Callable[[Pdf], None]:
    def remove(pdf_: Pdf) -> None:
        del owner(pdf_)[key]

    return remove


def attached(pdf_: Pdf) -> Dictionary:
    return pdf_.Root.AF[0]


BREACHES = {
    "6.2.11.4.1": without_font,
    "6.2.11.7.2 /": without_meaning,
    "6.2.11.7.2 a glyph": meaning_nothing,
    "6.2.11.5": of_other_widths,
    "6.2.11.8": drawing(b"/Span <</MCID 900>> BDC BT [<0000>] TJ ET EMC"),
    "6.2.4.3": drawing(b"/Artifact BMC 0 0 0 1 k 0 0 9 9 re f EMC"),
    "6.7.3 a mark": drawing(b"0 0 9 9 re f"),
    "6.4–6.6 /OpenAction": with_script,
    "6.3": with_link,
    "6.2.3 a whole": with_other_profile,
    "6.2.3 one": removing(lambda pdf_: pdf_.Root, "/OutputIntents"),
    "6.2.10": see_through,
    "6.6.2.1": removing(lambda pdf_: pdf_.Root, "/Metadata"),
    "6.6.2.3": metadata(b"<dc:title>", b"<dc:rights>x</dc:rights><dc:title>"),
    "6.6.4": metadata(b'conformance="A"', b'conformance="B"'),
    "6.6.3 /Title": metadata(b"-MID-", b"-AGM-"),
    "6.6.3 /CreationDate": removing(lambda pdf_: pdf_.docinfo, "/CreationDate"),
    "6.7.2.2": removing(lambda pdf_: pdf_.Root, "/MarkInfo"),
    "6.7.3 no structure": removing(lambda pdf_: pdf_.Root, "/StructTreeRoot"),
    "6.7.3.4": of_no_standard_type,
    "6.7.4": removing(lambda pdf_: pdf_.Root, "/Lang"),
    "a figure without": without_words_for_the_code,
    "a figure that": with_the_code_elsewhere,
    "6.8 an attachment that": removing(lambda pdf_: pdf_.Root, "/AF"),
    "6.8 an attachment without a relation": removing(attached, "/AFRelationship"),
    "6.8 an attachment without a name": removing(attached, "/UF"),
    "6.8 an attachment without media": removing(lambda pdf_: attached(pdf_).EF.F, "/Subtype"),
}


@pytest.mark.parametrize("clause", BREACHES)
def test_a_breach_is_found(paper: bytes, clause: str) -> None:
    with pikepdf.open(io.BytesIO(paper)) as broken, io.BytesIO() as written:
        BREACHES[clause](broken)
        broken.save(written)
        found = faults(written.getvalue())
    # A font's own names stand between a clause and its words.
    assert any(fault.startswith(clause) for fault in found), found


def test_a_broken_head_is_found(paper: bytes) -> None:
    assert any(fault.startswith("6.1.2") for fault in faults(b"%PDF-1.7\n%abcd" + paper[14:]))


def test_broken_syntax_is_found(paper: bytes) -> None:
    assert any(fault.startswith("qpdf") for fault in faults(paper.replace(b"endobj", b"endojb", 1)))


def test_an_encrypted_file_is_found(paper: bytes, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    with pikepdf.open(io.BytesIO(paper)) as locked:
        locked.save(path, encryption=pikepdf.Encryption(owner="x"))
    assert any("ncrypt" in fault for fault in faults(path.read_bytes()))
