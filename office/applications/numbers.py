"""Numbers of applications: `APP-<authority>-<year>-<serial>-<check>`, without gaps within an authority and a Cairo year."""

from __future__ import annotations

from sqlalchemy import Connection

from seal import days
from seal.license import check_character
from storage import counters

from .tables import application_serials


def of(authority: str, year: int, serial: int) -> str:
    """Return the number with its check character (ISO 7064 MOD 37,36, as license numbers have)."""
    body = f"APP-{authority}-{year}-{serial:06d}"
    return f"{body}-{check_character(body)}"


def take(connection: Connection, authority: str, now: int) -> str:
    """Return the next number of `authority` in this transaction; others who want one wait for its end."""
    year = days.day_of(now).year
    return of(authority, year, counters.take(connection, application_serials, authority=authority, year=year))
