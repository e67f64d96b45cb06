"""The numbers of publications: readers go by them (docs/format.md §7), so each is given once and stands for one content.

A number is the register's before anything is signed under it: whoever is killed between signing and publishing has used it up. It is signed
under only while it is the last one, so that of two publishers who take turns the later one has the higher number.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, and_, or_, select

from issuer.errors import IssuerError
from seal.trust import Key, TrustList
from storage.locks import lock_writers

from .tables import numberings, publications

NAME = "status"
LAST = (1 << 53) - 1  # the highest that every reader can count
FAR = 1_000_000  # publications that another copy of the register cannot be ahead: a hundred years of them, hour by hour


def reserve(engine: Engine, key: Key, others: int) -> int:
    """Take the next number for a publication under `key`: above all that were given or voided, and above `others`, one that was published.

    Raises IssuerError `status_number_foreign` where that is no copy's of this register, `status_numbers_exhausted`.
    """
    with engine.begin() as connection:
        lock_writers(connection)
        given = _given(connection)
        if others > max(given, *(last for _, last in key.voided), 0) + FAR:
            raise IssuerError("status_number_foreign", f"{others} > {given}")
        number = max(given, others, *(last for _, last in key.voided)) + 1
        if number > LAST:
            raise IssuerError("status_numbers_exhausted", key.kid.hex())
        connection.execute(numberings.delete().where(numberings.c.name == NAME))
        connection.execute(numberings.insert().values(name=NAME, given=number))
        return number


def is_last(connection: Connection, number: int) -> bool:
    """Say whether nobody took a number since, in the caller's turn."""
    return _given(connection) == number


def _given(connection: Connection) -> int:
    return connection.scalar(select(numberings.c.given).where(numberings.c.name == NAME)) or 0


def release(connection: Connection, trust: TrustList) -> None:
    """Let publications that the trust list voids no longer say what time it is. Those from before there were numbers have 0."""
    table = publications.c
    for key in trust.keys.values():
        for first, last in key.voided:
            numbered = and_(table.kid == key.kid, table.sequence.between(first, last))
            void = or_(numbered, table.sequence.is_(None)) if first == 0 else numbered
            connection.execute(publications.update().where(table.voided_by.is_(None), void).values(voided_by=trust.sequence))
