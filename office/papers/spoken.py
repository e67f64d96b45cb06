"""What each line on a paper is when it is read aloud: the letters in the order in which they are spoken.

A PDF holds glyphs from left to right, so that Arabic stands in it backwards; a ligature is one glyph of several letters, and a letter with
a mark over it several glyphs of one. Readers guess the words from that, and may guess wrong. ActualText (ISO 32000-1 §14.9.4) tells them.
It stands in the structure, for those who read aloud; the text that one copies with a mouse is left to the programs' own guess, as some
take an ActualText among the glyphs for backwards too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pikepdf

_NOTHING = "\u200c"  # a joiner of no width: what a glyph means whose letter the glyph before it already means
_MEANS = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]*)>")


def speak(pdf: pikepdf.Pdf, texts: Iterable[str]) -> None:
    """Give every line on the pages its words, of `texts`, and every glyph a meaning (ISO 19005-3 §6.2.11.7.2)."""
    elements = _elements(pdf)
    lines = []
    for page in pdf.pages:
        fonts = {name: _meanings(font) for name, font in (page.Resources.get("/Font") or {}).items()}
        of_page = elements.get(int(page.obj.get("/StructParents", -1)), {})
        lines += [(of_page[number], shown) for number, shown in _lines(page, fonts) if number in of_page]
    for element, text in _paired(lines, [text for text in texts if text.strip()]):
        element.ActualText = pikepdf.String(text)


def _paired(lines: list[tuple[pikepdf.Object, str]], texts: list[str]) -> Iterator[tuple[pikepdf.Object, str]]:
    """Yield lines with their texts: those that have the same letters, and then those that are left, if as many are left of both.

    Lines of the same letters are told apart by their order. Marks over letters are what is left: some fonts say wrongly what they mean.
    """
    by_letters = defaultdict(list)
    for text in texts:
        by_letters[_letters(text)].append(text)
    left = []
    for element, shown in lines:
        if matching := by_letters[_letters(shown)]:
            text = matching.pop(0)
            texts.remove(text)
            yield element, text
        elif shown.strip():
            left.append(element)
    if len(left) == len(texts):
        yield from zip(left, texts, strict=True)


def _letters(text: str) -> str:
    """Return the letters in the order of the alphabet: glyphs come in another order than letters, but are made of the same ones."""
    return "".join(sorted(unicodedata.normalize("NFD", text).replace(_NOTHING, ""))).strip()


def _elements(pdf: pikepdf.Pdf) -> dict[int, dict[int, pikepdf.Object]]:
    """Return the element of each piece of a page's content, by the page's and the piece's number (ISO 32000-1 §14.7.4.4)."""
    tree = pdf.Root.StructTreeRoot.ParentTree.Nums
    pairs = ((int(tree[place]), tree[place + 1]) for place in range(0, len(tree), 2))
    return {number: dict(enumerate(elements)) for number, elements in pairs if isinstance(elements, pikepdf.Array)}


def _lines(page: pikepdf.Page, fonts: dict[str, dict[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the number of each piece of text, and what its glyphs mean, from left to right."""
    number, font, shown = -1, "", ""
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "BDC":
            number, shown = int(operands[1].get("/MCID", -1)), ""
        elif operator == "Tf":
            font = str(operands[0])
        elif operator == "TJ":
            shown += "".join(_shown(operands[0], fonts[font]))
        elif operator == "EMC" and shown:
            yield number, shown
            shown = ""


def _shown(array: pikepdf.Object, meanings: dict[int, str]) -> Iterator[str]:
    for element in array:
        if isinstance(element, pikepdf.String):
            octets = bytes(element)
            yield from (meanings.get(int.from_bytes(octets[place : place + 2]), "") for place in range(0, len(octets), 2))


def _meanings(font: pikepdf.Object) -> dict[int, str]:
    """Return what each glyph of a font means, and let those without a meaning mean nothing, but say so."""
    told = font.ToUnicode.read_bytes()
    nothing = b"<" + _NOTHING.encode("utf-16-be").hex().encode() + b">"
    font.ToUnicode.write(re.sub(rb"(<[0-9A-Fa-f]{4}>\s*)<>", rb"\1" + nothing, told))
    return {int(code, 16): bytes.fromhex(means.decode()).decode("utf-16-be") for code, means in _MEANS.findall(told)}
