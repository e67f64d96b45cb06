"""Numbers of nobody, made here: the structure of a national ID, and a serial that is plainly none."""

from __future__ import annotations

from pathlib import Path

from office.applicants import keyring
from office.applicants.keyring import Keyring

#: A power of attorney as data.
POWER = {"agent_poa_number": "1234/ب", "agent_poa_year": "٢٠٢٥", "agent_poa_office": "توثيق المنتزه"}


def national_id(serial: int = 1, *, born: str = "900101", century: int = 2, governorate: str = "02") -> str:
    """Fourteen digits in the right places."""
    return f"{century}{born}{governorate}{serial:04}0"


def person(serial: int = 1, **fields: str) -> dict[str, str]:
    """What somebody types who applies for themself, but for `fields`."""
    return {"applicant_kind": "person", "applicant_national_id": national_id(serial)} | fields


def company(tax: str = "123456789", **fields: str) -> dict[str, str]:
    """What is typed for a company."""
    typed = {"applicant_kind": "company", "applicant_name": "شركة الفنار للتجارة", "applicant_commercial_register": "4711"}
    return typed | {"applicant_tax_number": tax} | fields


def keys(folder: Path, name: str = "applicants.keys") -> Keyring:
    """Keys made at run time."""
    keyring.make(folder / name, day="2026-11-24")
    return keyring.load(folder / name)
