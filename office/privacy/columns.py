"""Every column of every database has a word: it holds personal data and stands in retention.yaml, or it holds none and stands in a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Table

from governorate import folder, retention, yaml_values
from governorate.errors import Faults, RuleError
from governorate.retention import Retention
from governorate.yaml_values import YamlValue
from inspections.database import DATABASE as INSPECTIONS
from office.database import DATABASE as OFFICE
from storage.schema import Schema

#: The databases that hold personal data, by name. What a witness keeps is of logs, which hold none.
DATABASES: Mapping[str, Schema] = {"office": OFFICE, "inspections": INSPECTIONS}


def tables() -> dict[str, Table]:
    """Return all tables by `chain.table`; accounts' are in both databases, and named once."""
    return {
        f"{chain.name}.{table.name}": table for schema in DATABASES.values() for chain in schema.chains for table in _of(chain.metadata)
    }


def _of(metadata: object) -> list[Table]:
    return list(metadata.tables.values())  # type: ignore[attr-defined]


@cache
def impersonal() -> Mapping[str, frozenset[str]]:
    """Return the columns that hold no personal data, by table: what numbers, times, states and amounts are, and codes of rules."""
    held: dict[str, list[str]] = json.loads(files(__package__).joinpath("data/impersonal.json").read_text("utf-8"))
    return {table: frozenset(columns) for table, columns in held.items()}


def without_a_word(found: Retention) -> Iterator[str]:
    """Yield the columns that stand neither in retention.yaml nor in the list, as `chain.table.column`."""
    named = _named(found)
    for table, columns in tables().items():
        for column in (each.name for each in columns.columns):
            if column not in named.get(table, ()) and column not in impersonal().get(table, ()):
                yield f"{table}.{column}"


def with_two_words(found: Retention) -> Iterator[str]:
    """Yield the columns that stand in both."""
    for table, columns in _named(found).items():
        yield from (f"{table}.{column}" for column in sorted(columns & impersonal().get(table, frozenset())))


def check(where: Path) -> None:
    """Return if a governorate's file names the personal columns of our databases, and nothing else. Raises RuleError, with all faults."""
    found, faults = retention.of(where), Faults()
    there, missing = tables(), sorted(without_a_word(found))
    written = _written(where)
    for fields in (kind.entries()["fields"].entries() for kind in written.entries()["kinds"].entries().values()):
        for table, columns in fields.items():
            if table not in there:
                faults.add(columns.fault("rules_reference_unknown", f"table {table}"))
                continue
            for column in columns.items():
                if column.text() not in there[table].columns or column.text() in impersonal().get(table, ()):
                    faults.add(column.fault("rules_reference_unknown", f"column {table}.{column.text()}"))
    for each in missing:
        faults.add(written.entries()["kinds"].fault("rules_key_missing", f"column {each}"))
    faults.settle()


def _written(where: Path) -> YamlValue:
    path = where / folder.RETENTION
    return yaml_values.read(path if path.exists() else folder.shipped() / folder.RETENTION)


def _named(found: Retention) -> dict[str, frozenset[str]]:
    named: dict[str, frozenset[str]] = {}
    for kind in found.kinds.values():
        for table, columns in kind.fields.items():
            named[table] = named.get(table, frozenset()) | frozenset(columns)
    return named


__all__ = ["DATABASES", "RuleError", "check", "impersonal", "tables", "with_two_words", "without_a_word"]
