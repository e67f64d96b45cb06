"""The lines of a bill: as the fee schedules compute them, as they are kept, and the digest over what a bill says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Row

from issuer.errors import IssuerError
from storage.asked import VALUE, by

from .tables import lines as lines_

MOST_PIASTRES = 10**12  # ten thousand million pounds: beyond it somebody's arithmetic went wrong
_TEXTS = {"rule": 80, "version": 40, "quantity": 200}
_NAME = 200


class Name(Protocol):
    """A name in both languages."""

    @property
    def ar(self) -> str:
        """Return the Arabic one."""

    @property
    def en(self) -> str:
        """Return the English one."""


class Line(Protocol):
    """A line as the fee schedules compute it."""

    @property
    def rule(self) -> str:
        """Return the rule's code."""

    @property
    def version(self) -> str:
        """Return the version of the schedule that holds the rule."""

    @property
    def name(self) -> Name:
        """Return what the citizen reads."""

    @property
    def quantity(self) -> str:
        """Return what was multiplied, in words and digits."""

    @property
    def piastres(self) -> int:
        """Return the amount; a rebate's is negative."""

    @property
    def sample(self) -> bool:
        """Return whether the amount is a sample, not the governorate's."""


class BilledName(NamedTuple):
    """A line's name as the bill keeps it."""

    ar: str
    en: str


class BilledLine(NamedTuple):
    """A line as the bill keeps it, in piastres; itself a `Line`."""

    rule: str
    version: str
    name: BilledName
    quantity: str
    piastres: int
    sample: bool


def billed(line: Line) -> BilledLine:
    """Return a line as it is kept. Raises IssuerError `bill_lines_invalid`."""
    kept = BilledLine(
        line.rule, line.version, BilledName(line.name.ar, line.name.en), line.quantity, int(line.piastres), bool(line.sample)
    )
    sizes = all(0 < len(getattr(kept, field)) <= most for field, most in _TEXTS.items())
    named = all(0 < len(text) <= _NAME for text in kept.name)
    if not sizes or not named or type(line.piastres) is not int or abs(kept.piastres) > MOST_PIASTRES:
        raise IssuerError("bill_lines_invalid", kept.rule[:80])
    return kept


def digest(subject: str, authority: str, lines: Sequence[BilledLine]) -> bytes:
    """Return the SHA-256 of what a bill says."""
    said = [subject, authority, *([*line[:2], *line.name, *line[3:]] for line in lines)]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def lines_of(connection: Connection, bill_id: int) -> tuple[BilledLine, ...]:
    """Return the lines of a bill, in their order."""
    return tuple(map(line_of, connection.execute(by(lines_, "bill_id", order=("place",)), {VALUE: bill_id})))


def line_of(row: Row[Any]) -> BilledLine:
    """Return a line as a table of lines keeps it."""
    return BilledLine(row.rule, row.version, BilledName(row.name_ar, row.name_en), row.quantity, row.piastres, row.sample)


def line_rows(lines: Sequence[BilledLine], **key: int) -> list[dict[str, object]]:
    """Return lines as rows of a table of lines, each with its place and `key`, whose lines they are."""
    rows = []
    for place, line in enumerate(lines):
        fields = line._asdict() | {"name_ar": line.name.ar, "name_en": line.name.en}
        del fields["name"]
        rows.append({"place": place, **key, **fields})
    return rows
