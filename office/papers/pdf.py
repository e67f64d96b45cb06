"""A paper as PDF/A-3a (ISO 19005-3): tagged, with every font inside, and the seal's token attached as the source of all that it says.

The token is what a program should read; the code on the paper is the same token; the words are for people. Nothing is fetched while a
paper is set, and it holds no script, form or link.
"""

from __future__ import annotations

import base64
import hashlib
import io
import unicodedata
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import NamedTuple, TypeVar, cast

import pikepdf
from jinja2 import Template
from markupsafe import Markup
from PIL import ImageFile
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.formatting_structure.boxes import TextBox
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse, URLFetchingError

from issuer.errors import IssuerError

from . import fonts, forms, spoken
from .deposit_sheet import DepositSheet
from .notice_sheet import NoticeSheet, Paper
from .sheet import Row

ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on for the whole process, where cut uploads are to be refused


class _Form(NamedTuple):
    """How a kind of papers is set: the template, how large its words may be, on how many pages, and what the attached token is."""

    template: str
    scales: tuple[float, ...]  # of all words, until they fit on one page
    usual: float  # of them, what most papers come to
    pages_most: int
    attached: str


_LICENSE = _Form(
    "license.html", (1.3, 1.2, 1.1, 1.0, 0.93, 0.86, 0.8, 0.74, 0.68, 0.62), 1.1, 1, "COSE_Sign1, CWT: the license as it was sealed"
)
_NOTICE = _Form("notice.html", (1.1, 1.0, 0.93, 0.86), 1.1, 12, "COSE_Sign1: the notice as it was signed")
_DEPOSIT = _Form("deposit.html", (1.1, 1.0, 0.93, 0.86), 1.1, 3, "")
_BESIDE_A_PLAN = 0.86  # the smallest words beside a plan
_T = TypeVar("_T")
MEDIA_TYPE = "application/cose"  # RFC 9052 §11.3
_POINTS = 0.75  # in a pixel of CSS
_CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path fill="#000" d="{path}"/></svg>'


def render(sheet: Paper) -> bytes:
    """Return the paper. Raises IssuerError `paper_too_full` for words that fit on no page."""
    document = _set(sheet)
    document.metadata.attachments = [_attached(sheet)] if sheet.token else []
    written = document.write_pdf(pdf_variant="pdf/a-3a", pdf_identifier=hashlib.sha256(repr(sheet).encode()).digest()[:16])
    return _finished(written, _texts(document))


def _attached(sheet: Paper) -> Attachment:
    token = "data:" + MEDIA_TYPE + ";base64," + base64.b64encode(sheet.token).decode()
    return Attachment(
        url=token,
        name=sheet.file,
        description=_form(sheet).attached,
        created=_made(sheet),
        modified=_made(sheet),
        relationship="Source",
        url_fetcher=OnlyOurs(),
    )


def _set(sheet: Paper) -> Document:
    """Return the page with its words as large as they fit. Words come before the plan: it is left out where they would have to be small.

    Words that fit on no single page take several, where a paper may have them.
    """
    form = _form(sheet)
    if not isinstance(sheet, DepositSheet) and sheet.plan is not None:
        readable = tuple(scale for scale in form.scales if scale >= _BESIDE_A_PLAN)
        if len((beside := _fitted(sheet, readable)).pages) <= form.pages_most:
            return beside
        sheet = sheet._replace(plan=None)
    document = _fitted(sheet, form.scales)
    if len(document.pages) > form.pages_most:
        raise IssuerError("paper_too_full", sheet.number)
    return document


def _fitted(sheet: Paper, scales: tuple[float, ...]) -> Document:
    """Return the paper by the largest of `scales` that fits on a page, halved in on from the usual one. If none does, by the usual one.

    A license mostly takes two looks: the usual words fit, the next larger do not. A paper that may have several pages has no larger ones.
    """
    best, begun, low, high = None, None, 0, len(scales)
    middle = scales.index(_form(sheet).usual)
    while low < high:
        document = _laid_out(sheet, scales[middle])
        begun = begun or document
        if len(document.pages) > 1:
            low = middle + 1
        else:
            best, high = document, middle
        middle = (low + high) // 2
    return best or begun


def _laid_out(sheet: Paper, scale: float) -> Document:
    text = template(_form(sheet).template).render(sheet=_drawable(sheet), scale=scale, code=_code(sheet), made=_made(sheet).isoformat())
    html = HTML(string=text, url_fetcher=OnlyOurs(), base_url=None)
    return html.render(stylesheets=[style(*sheet.styles)], font_config=configuration())


def _form(sheet: Paper) -> _Form:
    if isinstance(sheet, DepositSheet):
        return _DEPOSIT
    return _NOTICE if isinstance(sheet, NoticeSheet) else _LICENSE


def _made(sheet: Paper) -> datetime:
    return datetime.fromtimestamp(sheet.at, UTC)


def _code(sheet: Paper) -> Markup:
    drawn = _CODE.format(side=sheet.side, path=sheet.path).encode()
    return Markup("data:image/svg+xml;base64,") + base64.b64encode(drawn).decode()


def _drawable(value: _T) -> _T:
    """Return a paper, or a part of one, in which every character can be drawn."""
    if isinstance(value, str):
        return cast(_T, fonts.drawable(value))
    if isinstance(value, tuple):
        parts = [_drawable(part) for part in value]
        return cast(_T, type(value)(*parts) if hasattr(value, "_fields") else tuple(parts))
    return value


def lines(rows: tuple[Row, ...]) -> list[list[Row]]:
    """Return the rows in lines: short ones stand two by two."""
    long = [[row] for row in rows if not row.short]
    short = [row for row in rows if row.short]
    return long + [short[place : place + 2] for place in range(0, len(short), 2)]


def direction(text: str) -> str:
    """Return "ltr" or "rtl", by the first letter (UAX #9, P2 and P3); digits and signs have none. WeasyPrint does not look for itself."""
    letters = (unicodedata.bidirectional(character) for character in text)
    return "ltr" if next((kind for kind in letters if kind in ("L", "R", "AL")), "R") == "L" else "rtl"


@cache
def template(name: str) -> Template:
    """Return a template of papers, read once, with the filters that set words."""
    forms.environment().filters |= {"lines": lines, "direction": direction}
    return forms.template(name)


@cache
def configuration() -> FontConfiguration:
    """Return the fonts, read once: each configuration costs memory that is not given back."""
    return FontConfiguration()


@cache
def style(*names: str) -> CSS:
    """Return the fonts and these style sheets of papers, read once."""
    rules = [files(__package__).joinpath(f"templates/{name}.css").read_text("utf-8") for name in names]
    return CSS(string="\n".join((fonts.style(), *rules)), font_config=configuration(), url_fetcher=OnlyOurs())


class OnlyOurs(URLFetcher):  # type: ignore[misc]
    """Fetches what stands in the address itself, and our fonts; nothing else, whatever a text may say."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        ours = {fonts.path(face).as_uri() for face in fonts.FACES}
        if not url.startswith("data:") and url not in ours:
            raise URLFetchingError("a paper fetches nothing")
        return super().fetch(url, headers)


def _texts(document: Document) -> list[str]:
    """Return the text of every line, in the order of letters. WeasyPrint has no other way to them than its boxes."""
    return [box.text for page in document.pages for box in page._page_box.descendants(placeholders=True) if isinstance(box, TextBox)]


def _finished(written: bytes, texts: list[str]) -> bytes:
    """Return the PDF with each attachment named once, its metadata in the clear, and words that can be read aloud."""
    with pikepdf.open(io.BytesIO(written)) as pdf, io.BytesIO() as stream:
        if attached := pdf.Root.get("/AF"):
            unique = {file.objgen: file for file in attached}
            pdf.Root.AF = pikepdf.Array(unique.values())
        spoken.speak(pdf, texts)
        _place_figures(pdf)
        metadata = pdf.Root.Metadata
        metadata.write(metadata.read_bytes())  # so that tools that look for it in the file's octets find it (ISO 19005-3 §6.6.2.1)
        pdf.save(stream, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return stream.getvalue()


def _place_figures(pdf: pikepdf.Pdf) -> None:
    """Say where figures are in points from the lower corner (ISO 32000-1 §14.8.5.4.3): WeasyPrint counts pixels from the upper one."""
    height = float(pdf.pages[0].mediabox[3])
    for element in pdf.objects:
        if not isinstance(element, pikepdf.Dictionary) or element.get("/S") != pikepdf.Name.Figure:
            continue
        left, top, right, bottom = (float(side) * _POINTS for side in element.A.BBox)
        element.A.BBox = pikepdf.Array([left, height - bottom, right, height - top])
