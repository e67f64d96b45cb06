"""Cells of tables that spreadsheets open: nothing that somebody typed is run as a formula."""

from __future__ import annotations

from seal.license import FORBIDDEN

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_KEPT = "\t\r\n"


def neutral(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula and that hides nothing: invisible characters are spelt out."""
    shown = FORBIDDEN.sub(lambda match: match[0] if match[0] in _KEPT else f"[U+{ord(match[0]):04X}]", text)
    return f"'{shown}" if shown.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown
