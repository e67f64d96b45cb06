"""Numbers of applications: `APP-<authority>-<year>-<serial>-<check>`, without gaps within an authority and a Cairo year."""

from __future__ import annotations

import re

from sqlalchemy import Connection, update
from sqlalchemy.dialects import postgresql, sqlite

from seal import days
from seal.license import check_character

from .tables import application_serials

_FORM = re.compile(r"(APP-[A-Z][A-Z0-9]{1,3}-2[0-9]{3}-[0-9]{6,9})-([0-9A-Z])").fullmatch


def of(authority: str, year: int, serial: int) -> str:
    """Return the number with its check character (ISO 7064 MOD 37,36, as license numbers have)."""
    body = f"APP-{authority}-{year}-{serial:06d}"
    return f"{body}-{check_character(body)}"


def is_number(text: str) -> bool:
    """Say whether `text` has the form of an application's number and its check character is right."""
    match = _FORM(text)
    return bool(match) and check_character(match[1]) == match[2] if match else False


def take(connection: Connection, authority: str, now: int) -> str:
    """Return the next number of `authority` in this transaction; others who want one wait for its end."""
    year = days.day_of(now).year
    table = application_serials
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    first = {"authority": authority, "year": year, "used": 0}
    connection.execute(insert(table).values(first).on_conflict_do_nothing())
    counted = update(table).where(table.c.authority == authority, table.c.year == year).values(used=table.c.used + 1)
    return of(authority, year, int(connection.execute(counted.returning(table.c.used)).scalar_one()))
