"""Pages of stickers as PDF. They are cut apart and stuck on; what is kept of a license is its paper, which is PDF/A (pdf.py)."""

from __future__ import annotations

import base64

from weasyprint import HTML

from . import fonts, pdf
from .sticker_sheet import CODE_MM, StickerSheet

_CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path fill="#000" d="{path}"/></svg>'


def render(sheet: StickerSheet) -> bytes:
    """Return the pages."""
    per_page = int(sheet.grid)
    pages = [sheet.stickers[start : start + per_page] for start in range(0, len(sheet.stickers), per_page)]
    text = pdf.template("stickers.html").render(
        sheet=sheet, pages=pages, code_mm=CODE_MM[sheet.grid], drawn=_drawn, drawable=fonts.drawable
    )
    html = HTML(string=text, url_fetcher=pdf.OnlyOurs(), base_url=None)
    written: bytes = html.write_pdf(stylesheets=[pdf.style("stickers")], font_config=pdf.configuration())
    return written


def _drawn(side: int, path: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(_CODE.format(side=side, path=path).encode()).decode()
