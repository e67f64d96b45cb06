"""The register's clock: it never runs backwards, so that a status list and a seal can tell which of them is older.

A list marks what was never issued as invalid. A verifier that meets such an entry must know whether the seal is forged or revoked, or just
younger than the list. Therefore every seal in a list is strictly older than the list, and every later seal is not (docs/format.md §9).
Machines' clocks differ, and offices share a register; these two functions hold the rule, under the lock that makes writers take turns.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, func, select

from issuer.errors import IssuerError
from storage.database import reading

from .tables import publications, seals

TOLERANCE_SECONDS = 300  # how far a clock may be behind the register's before somebody has to look


def sealing_time(connection: Connection, now: int) -> int:
    """Return the `iat` of a seal made at `now`: not before the last publication. Raises IssuerError `clock_behind`."""
    return _not_before(now, published_last(connection))


def publishing_time(connection: Connection, now: int, *, number: int | None = None, kid: bytes | None = None) -> int:
    """Return the `iat` of lists made at `now`, after every seal and publication, and note it with their number and key.

    Raises IssuerError `clock_behind`.
    """
    sealed: int = connection.scalar(select(func.max(seals.c.iat))) or 0
    iat = _not_before(now, max(sealed, published_last(connection)) + 1)
    while connection.scalar(select(publications.c.iat).where(publications.c.iat == iat)):  # of a list that was voided
        iat += 1
    connection.execute(publications.insert().values(iat=iat, sequence=number, kid=kid))
    return iat


def published_last(connection: Connection) -> int:
    """Return when lists or heads that count were signed last, in seconds since 1970 UTC; 0 before the first time."""
    return connection.scalar(select(func.max(publications.c.iat)).where(publications.c.voided_by.is_(None))) or 0


def require_not_behind(engine: Engine, now: int) -> None:
    """Return if `now` is not before the last publication. Raises IssuerError `clock_behind`."""
    with reading(engine) as connection:
        _not_before(now, published_last(connection))


def _not_before(now: int, earliest: int) -> int:
    if earliest - now > TOLERANCE_SECONDS:
        raise IssuerError("clock_behind", f"{earliest - now} s")
    return max(now, earliest)
