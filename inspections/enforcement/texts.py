"""What people type about a violation, taken in: its characters and its length."""

from __future__ import annotations

from inspections.errors import InspectionError
from seal.license import FORBIDDEN

REASON_MAX, REPORT_MAX, OBJECTION_MAX, PLACE_MAX, RECEIPT_MAX = 500, 1000, 4000, 200, 40


def line(text: str, code: str, *, most: int, least: int = 1) -> str:
    """Return one line of text, its spaces put in order. Raises InspectionError with the code given."""
    kept = " ".join(text.split())
    if not least <= len(kept) <= most or FORBIDDEN.search(kept):
        raise InspectionError(code)
    return kept


def lines(text: str, code: str, *, most: int, least: int = 1) -> str:
    """Return a text of some lines. Raises InspectionError with the code given."""
    kept = "\n".join(" ".join(each.split()) for each in text.strip().splitlines())
    if not least <= len(kept) <= most or FORBIDDEN.search(kept.replace("\n", " ")):
        raise InspectionError(code)
    return kept
