"""What is kept of people, why, how long and what deletes it, read from retention.yaml: every column that holds personal data, once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from . import folder, yaml_values
from .errors import Faults
from .licensed import Name
from .yaml_values import YamlValue, named

WORKER, RETAIN, DRAFT, CASE, NOBODY = "worker", "retain", "draft", "case", "nobody"
WHOSE = ("applicant", "holder", "staff", "anybody")
FROM = ("made", "changed", "seen", "closed")
ERASED, CLOSED, STAYS = "erased", "closed", "stays"
_YEARS = 36_500
#: What programs delete by the number of days here, each with the least and the most that they can keep to.
SWEPT: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    WORKER: {
        **dict.fromkeys(("codes", "guesses", "sessions"), (1, 1)),  # no rule reads them longer
        "browsers": (1, 180),
        **dict.fromkeys(("citizens", "queue", "messages", "documents", "applicants", "looks", "imports", "brought"), (1, _YEARS)),
    },
    # Detection and coverage look back 90 days.
    RETAIN: dict.fromkeys(("photographs", "names", "positions", "lookups", "sign_ins"), (91, _YEARS)),
}
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,62}").fullmatch
_TABLE = re.compile(r"[a-z]+\.[a-z][a-z0-9_]{0,62}").fullmatch


class Kind(NamedTuple):
    """One kind of what is kept of people. `fields` are the columns by `chain.table`.

    `days` from the moment `since`, None where none is named and `kept` says why; `by` is what deletes it, `longer` what keeps it beyond.
    `on_request` says what the erasure of a person does to it.
    """

    code: str
    name: Name
    whose: str
    purpose: Name
    basis: str
    days: int | None
    since: str
    kept: Name | None
    by: str
    longer: Name | None
    on_request: str
    fields: Mapping[str, tuple[str, ...]]


class Retention(NamedTuple):
    """The whole of it. `court_days` is how long a decision may be challenged; `bases` are the legal grounds by code."""

    court_days: int
    bases: Mapping[str, Name]
    kinds: Mapping[str, Kind]

    def days(self, code: str) -> int:
        """Return how many days a kind is kept that a program deletes."""
        found = self.kinds[code].days
        return _YEARS if found is None else found


def default() -> Retention:
    """Return what this process's governorate says. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Retention:
    """Return what the file of a governorate's folder says; without one, what the program's own does. Raises RuleError."""
    path = where / folder.RETENTION
    return read(yaml_values.read(path if path.exists() else folder.shipped() / folder.RETENTION))


def read(written: YamlValue) -> Retention:
    """Return what a file says that was read. Raises RuleError, with all that is wrong, each with its line."""
    entries, faults = written.mapping(required=("court_days", "bases", "kinds")), Faults()
    court, bases, kinds = 0, dict[str, Name](), dict[str, YamlValue]()
    with faults.noted():
        court = entries["court_days"].number(1, _YEARS)
    with faults.noted():
        bases = faults.each(entries["bases"].coded(), lambda _, value: MappingProxyType(named(value.mapping(required=("ar", "en")))))
    with faults.noted():
        kinds = entries["kinds"].coded()
    found = faults.each(kinds, lambda code, value: _kind(code, value, bases))
    for code in (code for swept in SWEPT.values() for code in swept if kinds and code not in kinds):
        faults.add(entries["kinds"].fault("rules_key_missing", code))
    seen: set[tuple[str, str]] = set()
    for code, kind in found.items():
        columns = {(table, column) for table, each in kind.fields.items() for column in each}
        for table, column in sorted(columns & seen):
            faults.add(kinds[code].fault("rules_key_twice", f"{table}.{column}"))
        seen |= columns
    faults.settle()
    return Retention(court, MappingProxyType(bases), MappingProxyType(found))


def _kind(code: str, written: YamlValue, bases: Mapping[str, Name]) -> Kind:
    required = ("ar", "en", "whose", "purpose", "basis", "by", "on_request", "fields")
    entries, faults = written.mapping(required=required, optional=("days", "from", "kept", "longer")), Faults()
    names = named(entries)
    whose = entries["whose"].one_of(WHOSE)
    by = entries["by"].one_of((WORKER, RETAIN, DRAFT, CASE, NOBODY))
    if entries["basis"].text() not in bases:
        entries["basis"].refuse("rules_reference_unknown", f"basis {entries['basis'].text()[:40]}")
    if ("days" in entries) == ("kept" in entries):
        written.refuse("rules_key_missing", "either days, or kept: why there is no number")
    days = _days(code, by, entries["days"]) if "days" in entries else None
    since = entries["from"].one_of(FROM) if "from" in entries else ""
    if (days is None) == bool(since):
        written.refuse("rules_key_missing", "from: the moment that days are counted from, beside days and nowhere else")
    if days is None and any(code in swept for swept in SWEPT.values()):
        entries["kept"].refuse("rules_value_invalid", "a program deletes this: a number of days is expected")
    held = faults.each(entries["fields"].entries(), _columns)
    faults.settle()
    told = {key: MappingProxyType(_both(entries[key])) if key in entries else None for key in ("purpose", "kept", "longer")}
    request = entries["on_request"].one_of((ERASED, CLOSED, STAYS))
    purpose: Name = told["purpose"] or {}
    rest = by, told["longer"], request, MappingProxyType(held)
    return Kind(code, MappingProxyType(names), whose, purpose, entries["basis"].text(), days, since, told["kept"], *rest)


def _days(code: str, by: str, written: YamlValue) -> int:
    if code not in SWEPT.get(by, ()):
        written.refuse("rules_value_invalid", f"nothing deletes {code} by a number of days")
    return written.number(*SWEPT[by][code])


def _columns(table: str, written: YamlValue) -> tuple[str, ...]:
    if not _TABLE(table):
        written.refuse("rules_value_invalid", f"{table[:40]!r} is no table: the room, a point and the table's name are expected")
    columns = written.texts()
    for column in columns:
        if not _COLUMN(column):
            written.refuse("rules_value_invalid", f"{column[:40]!r} is no column")
    return tuple(columns)


def _both(written: YamlValue) -> dict[str, str]:
    return named(written.mapping(required=("ar", "en")))
