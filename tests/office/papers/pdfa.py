"""The rules of PDF/A-3a (ISO 19005-3:2012) that a paper of ours could break, asked of the finished file. No validator is used for it.

veraPDF is in none of the registries that this project builds from. This reads the file with qpdf (pikepdf) and the fonts with fontTools; it
is ours, so it is tried on files that break each rule (test_pdfa.py). Clauses are those of ISO 19005-3.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Pdf, Stream

RDF, PDFAID = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "{http://www.aiim.org/pdfa/ns/id/}"
DC, XMP, PDF = "{http://purl.org/dc/elements/1.1/}", "{http://ns.adobe.com/xap/1.0/}", "{http://ns.adobe.com/pdf/1.3/}"
STANDARD = {
    *("Document", "Part", "Sect", "Div", "P", "H1", "H2", "H3", "Span", "Figure", "NonStruct"),
    *("Table", "THead", "TBody", "TR", "TH", "TD", "L", "LI", "LBody"),  # ISO 32000-1 tables 336, 337
}
KNOWN = {
    f"{RDF}about",
    *(f"{PDFAID}{name}" for name in ("part", "conformance")),
    *(f"{DC}{name}" for name in ("title", "creator", "description", "subject")),
    *(f"{XMP}{name}" for name in ("CreateDate", "ModifyDate", "CreatorTool")),
    *(f"{PDF}{name}" for name in ("Producer", "Keywords")),
}
RELATIONS = {"/Source", "/Data", "/Alternative", "/Supplement", "/Unspecified"}
ACTIONS = ("/JavaScript", "/JS", "/OpenAction", "/AA", "/AcroForm", "/XFA", "/Launch", "/RichMedia", "/3D", "/Encrypt")
DEVICE_CMYK = {"k", "K"}


def faults(data: bytes) -> list[str]:
    """What is wrong with a PDF, each with its clause; empty if nothing is."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = [f"qpdf: {problem}" for problem in pdf.check_pdf_syntax()]
        found += [*_file(pdf, data), *_graphics(pdf), *_metadata(pdf), *_structure(pdf), *_files(pdf)]
        for page in pdf.pages:
            for font in (page.Resources.get("/Font") or {}).values():
                found += _font(font)
            found += _content(pdf, page)
    return found


def _file(pdf: Pdf, data: bytes) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4}", data):
        yield "6.1.2 header"
    if "/ID" not in pdf.trailer or len(pdf.trailer.ID) != 2:
        yield "6.1.3 no identifier"
    for thing in pdf.objects:
        if isinstance(thing, Stream) and any(key in thing for key in ("/F", "/FFilter", "/FDecodeParms")):
            yield "6.1.7.1 a stream outside the file"
        if isinstance(thing, Stream) and "/LZWDecode" in str(thing.get("/Filter", "")):
            yield "6.1.7.2 LZW"
        if isinstance(thing, Dictionary | Stream):
            for key in ACTIONS:
                if key in thing or str(thing.get("/S", "")) == key:
                    yield f"6.4–6.6 {key}"
            if str(thing.get("/Type", "")) == "/Annot" or "/Annots" in thing:
                yield "6.3 an annotation"
    if "/Encrypt" in pdf.trailer:
        yield "6.1.3 encrypted"
    if "/NeedsRendering" in pdf.Root or "/OCProperties" in pdf.Root:
        yield "6.4.2, 6.9 dynamic content"


def _graphics(pdf: Pdf) -> Iterator[str]:
    intents = [intent for intent in pdf.Root.get("/OutputIntents", []) if str(intent.S) == "/GTS_PDFA1"]
    if len(intents) != 1:
        yield "6.2.3 one output intent"
    else:
        profile = intents[0].DestOutputProfile.read_bytes()
        if profile[36:40] != b"acsp" or profile[16:20] != b"RGB " or intents[0].DestOutputProfile.N != 3 or profile[8] > 4:
            yield "6.2.3 an RGB profile of ICC version 4 at most"
        if int.from_bytes(profile[:4]) != len(profile):
            yield "6.2.3 a whole profile"
    for thing in pdf.objects:
        if not isinstance(thing, Dictionary | Stream):
            continue
        if str(thing.get("/Subtype", "")) == "/Image" and (thing.get("/Interpolate") or "/Alternates" in thing):
            yield "6.2.8 an interpolated or alternate image"
        if str(thing.get("/SMask", "/None")) != "/None" or float(thing.get("/ca", 1)) != 1 or float(thing.get("/CA", 1)) != 1:
            yield "6.2.10 transparency"
        if "/TR" in thing or str(thing.get("/Subtype", "")) == "/PS":
            yield "6.2.5, 6.2.9 a transfer function or PostScript"


def _metadata(pdf: Pdf) -> Iterator[str]:
    stream = pdf.Root.get("/Metadata")
    if stream is None:
        yield "6.6.2.1 no metadata"
        return
    if "/Filter" in stream:
        yield "metadata is not in the clear"
    root = ElementTree.fromstring(stream.read_bytes())
    told: dict[str, str] = {}
    for description in root.iter(f"{RDF}Description"):
        told |= description.attrib
        for element in description:
            inner = [item.text or "" for item in element.iter(f"{RDF}li")]
            told[element.tag] = inner[0] if inner else (element.text or "")
    if (told.get(f"{PDFAID}part"), told.get(f"{PDFAID}conformance")) != ("3", "A"):
        yield "6.6.4 not marked as PDF/A-3a"
    if not set(told) <= KNOWN:
        yield "6.6.2.3 a property of no known schema"
    pairs = {"/Title": f"{DC}title", "/Author": f"{DC}creator", "/Subject": f"{DC}description", "/Producer": f"{PDF}Producer"}
    for key, name in pairs.items():
        if str(pdf.docinfo.get(key, "")) != told.get(name, ""):
            yield f"6.6.3 {key} says something else than the metadata"
    for key, name in {"/CreationDate": f"{XMP}CreateDate", "/ModDate": f"{XMP}ModifyDate"}.items():
        if re.sub(r"\D", "", str(pdf.docinfo.get(key, "")))[:14] != re.sub(r"\D", "", told.get(name, ""))[:14]:
            yield f"6.6.3 {key} says something else than the metadata"


def _structure(pdf: Pdf) -> Iterator[str]:
    if not pdf.Root.get("/MarkInfo", {}).get("/Marked"):
        yield "6.7.2.2 not marked"
    if not re.fullmatch(r"[a-z]{2}(-[A-Za-z0-9]{2,8})*", str(pdf.Root.get("/Lang", ""))):
        yield "6.7.4 no language"
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        yield "6.7.3 no structure"
        return
    kinds = list(_elements(root))
    if not any(str(element.S) == "/Document" for element in kinds):
        yield "6.7.3 no document in the structure"
    for element in kinds:
        if str(element.S)[1:] not in STANDARD:
            yield f"6.7.3.4 {element.S} is no standard type"
        if str(element.S) == "/Figure" and not str(element.get("/Alt", "")).strip():
            yield "a figure without words"
        if str(element.S) == "/Figure" and not _within(element.get("/A", {}).get("/BBox"), pdf.pages[0].mediabox):
            yield "a figure that is not on the page (ISO 32000-1 §14.8.5.4.3)"


def _within(box: pikepdf.Object | None, page: pikepdf.Object) -> bool:
    if box is None:
        return False
    left, low, right, high = map(float, box)
    return float(page[0]) <= left < right <= float(page[2]) and float(page[1]) <= low < high <= float(page[3])


def _elements(node: pikepdf.Object) -> Iterator[Dictionary]:
    inner = node.get("/K", Array())
    for child in inner if isinstance(inner, Array) else [inner]:
        if isinstance(child, Dictionary) and "/S" in child:
            yield child
            yield from _elements(child)


def _files(pdf: Pdf) -> Iterator[str]:
    associated = {file.objgen for file in pdf.Root.get("/AF", [])}
    for thing in pdf.objects:
        if not isinstance(thing, Dictionary) or "/EF" not in thing:
            continue
        stream = thing.EF.get("/F")
        if "/F" not in thing or "/UF" not in thing:
            yield "6.8 an attachment without a name"
        if str(thing.get("/AFRelationship", "")) not in RELATIONS:
            yield "6.8 an attachment without a relation"
        if thing.objgen not in associated:
            yield "6.8 an attachment that belongs to nothing"
        if stream is None or "/" not in str(stream.get("/Subtype", ""))[1:] or "/ModDate" not in stream.get("/Params", {}):
            yield "6.8 an attachment without media type or date"


def _font(font: Dictionary) -> Iterator[str]:
    name = str(font.BaseFont)
    descendant = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    descriptor = descendant.get("/FontDescriptor")
    program = descriptor.get("/FontFile2", descriptor.get("/FontFile3")) if descriptor is not None else None
    if program is None:
        yield f"6.2.11.4.1 {name} is not embedded"
        return
    if "/ToUnicode" not in font:
        yield f"6.2.11.7.2 {name} says not what its glyphs mean"
    if str(descendant.get("/Subtype")) == "/CIDFontType2" and "/CIDToGIDMap" not in descendant:
        yield f"6.2.11.3.2 {name} has no map of its glyphs"
    if str(font.get("/Encoding", "")) != "/Identity-H":
        yield f"6.2.11.3.3 {name} has another encoding"
    with TTFont(io.BytesIO(program.read_bytes())) as read:
        units, drawn = read["head"].unitsPerEm, read["hmtx"].metrics
        order = read.getGlyphOrder()
        for cid, width in _widths(descendant.get("/W", Array())):
            if cid < len(order) and abs(drawn[order[cid]][0] * 1000 / units - width) > 1.5:
                yield f"6.2.11.5 {name}: glyph {cid} is of another width than it says"


def _widths(array: Array) -> Iterator[tuple[int, float]]:
    place = 0
    while place < len(array):
        first = int(array[place])
        if isinstance(array[place + 1], Array):
            yield from ((first + which, float(width)) for which, width in enumerate(array[place + 1]))
            place += 2
        else:
            yield from ((cid, float(array[place + 2])) for cid in range(first, int(array[place + 1]) + 1))
            place += 3


def meanings(font: Dictionary) -> dict[int, str]:
    """What each glyph of a font means, from its ToUnicode map."""
    told: dict[int, str] = {}
    text = font.ToUnicode.read_bytes().decode("latin-1")
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, means in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            told[int(code, 16)] = bytes.fromhex(means).decode("utf-16-be")
    return told


def _content(pdf: Pdf, page: pikepdf.Page) -> Iterator[str]:
    """Each glyph that is drawn is there and means something; each mark is in the structure, or said to be decoration."""
    known = {name: meanings(font) for name, font in (page.Resources.get("/Font") or {}).items() if "/ToUnicode" in font}
    depth, current = [], ""
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator in DEVICE_CMYK:
            yield "6.2.4.3 CMYK"
        if operator in ("BMC", "BDC"):
            tagged = operator == "BDC" and isinstance(operands[1], Dictionary) and "/MCID" in operands[1]
            depth.append(tagged or operands[0] == Name.Artifact)
        elif operator == "EMC":
            depth.pop()
        elif operator == "Tf":
            current = str(operands[0])
        elif operator in ("TJ", "Tj"):
            shown = operands[0] if operator == "TJ" else [operands[0]]
            for piece in shown:
                octets = bytes(piece) if isinstance(piece, pikepdf.String) else b""
                for cid in (int.from_bytes(octets[place : place + 2]) for place in range(0, len(octets), 2)):
                    if cid == 0:
                        yield "6.2.11.8 a glyph that stands for nothing"
                    elif known.get(current, {}).get(cid, "\0").strip("\0\ufeff\ufffe") == "":
                        yield "6.2.11.7.2 a glyph of unknown meaning"
        if operator in ("TJ", "Tj", "f", "f*", "S", "B", "Do") and not any(depth):
            yield "6.7.3 a mark that is neither structure nor decoration"
