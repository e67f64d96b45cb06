"""References of provisional slips: `VAN-<laptop>-<sequence>-<check>`. No number of an application has this form, nor a license's."""

from __future__ import annotations

import re

from issuer.intake.texts import figures
from seal.license import check_character

_SHAPE = re.compile(r"VAN-([0-9]{4,9})-([0-9]{6,9})-([0-9A-Z])").fullmatch
TYPED_MAX = 40


def of(device: int, sequence: int) -> str:
    """Return a reference with its check character (ISO 7064 MOD 37,36, as license numbers have)."""
    body = f"VAN-{device:04d}-{sequence:06d}"
    return f"{body}-{check_character(body)}"


def parse(text: str) -> str:
    """Return a reference as it was given, "" for what is none: a wrong check character too. Arabic digits and blanks are taken."""
    tidy = "".join(figures(text[:TYPED_MAX]).split()).upper()
    found = _SHAPE(tidy)
    return tidy if found and check_character(tidy.rpartition("-")[0]) == found[3] else ""


def device_of(reference: str) -> int:
    """Return the laptop that a reference names. Raises ValueError for what is none."""
    found = _SHAPE(reference)
    if found is None:
        raise ValueError("no reference")
    return int(found[1])
