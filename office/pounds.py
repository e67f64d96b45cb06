"""Egyptian pounds, as people and programs write them. Inside there are whole piastres and nothing else."""

from __future__ import annotations

import re
from decimal import Decimal

from issuer.intake.texts import figures

_TYPED_MAX = 40
_TYPED = re.compile(r"([0-9]{1,9})(?:[.,٫]([0-9]{1,2}))?")


def plain(piastres: int) -> str:
    """Return an amount with two decimals and nothing else, for messages, tables and programs: `1234.50`."""
    sign, whole = ("-" if piastres < 0 else ""), abs(piastres)
    return f"{sign}{whole // 100}.{whole % 100:02}"


def grouped(piastres: int) -> str:
    """Return an amount for people's eyes, in groups of three and with a real minus: `1,234.50`."""
    sign, whole = ("−" if piastres < 0 else ""), abs(piastres)
    return f"{sign}{whole // 100:,}.{whole % 100:02}"


def typed(text: str) -> int | None:
    """Return the piastres that somebody typed in pounds, in any digits; None for what is no amount, or may be two (`1,234`)."""
    match = _TYPED.fullmatch(figures(text.strip()).replace(" ", "")) if len(text) <= _TYPED_MAX else None
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else None


def exact(pounds: Decimal) -> int:
    """Return the piastres of a program's amount. Raises ValueError if it is none or has parts of a piastre."""
    piastres = pounds * 100 if pounds.is_finite() else Decimal("NaN")
    if piastres.is_nan() or piastres != piastres.to_integral_value():
        raise ValueError("not whole piastres")
    return int(piastres)
