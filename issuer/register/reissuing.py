"""Sealing again what was sealed under a stolen key too late to be believed: same numbers, next editions, new positions, another key.

What is due is read from the register each time: a license whose newest seal is under the key, from a position of the log on. So a run
that was killed goes on where it was, and one that is done finds nothing. The old seals become superseded, as by any correction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select

from issuer.errors import IssuerError
from issuer.intake.rows import Rules
from seal import claims, cose, leaves, status
from seal.errors import SealError
from storage.database import reading

from . import history, stopping
from .sealing import Sealer
from .tables import licenses, seals

BATCH = 100  # licenses in one transaction: others wait as long as that takes


class Due(NamedTuple):
    """A license that is to be sealed again, by its id, with position and edition of its newest seal, and the edition that it gets."""

    license_id: int
    number: str
    position: int
    edition: int
    next: int


class Again(NamedTuple):
    """What became of one: its new edition, or why there is none (a code)."""

    number: str
    edition: int = 0
    refused: str = ""


#: Tells whoever must know that a license (its number and new edition) was sealed again, in the same transaction.
Tell = Callable[[Connection, str, int], None]


def due(engine: Engine, kid: bytes, start: int) -> list[Due]:
    """Return what is in force under a stopped key from position `start` on, in the log's order. Raises IssuerError `key_not_stopped`."""
    with reading(engine) as connection:
        if not stopping.is_stopped(connection, kid):
            raise IssuerError("key_not_stopped", kid.hex())
        table, in_force = seals.c, seals.c.status.in_((status.VALID, status.SUSPENDED))
        query = select(licenses.c.id, licenses.c.number, table.list, table.idx, table.edition)
        query = query.join(licenses, licenses.c.id == table.license_id)
        rows = connection.execute(query.where(table.kid == kid, in_force, _from(start)).order_by(table.list, table.idx))
        return [
            Due(row.id, row.number, position, row.edition, history.next_edition(connection, row.edition, position))
            for row in rows.all()
            for position in (leaves.position_of(row.list, row.idx),)
        ]


def again(
    engine: Engine, kid: bytes, wanted: Sequence[Due], *, sealer: Sealer, rules: Rules, suspect: Collection[int], tell: Tell, now: int
) -> Iterator[list[Again]]:
    """Seal licenses again at `now` (seconds since 1970 UTC), some in each transaction; yield what became of them.

    Licenses whose ids are `suspect` are left as they are: their rows are not what the programs wrote. Raises IssuerError
    `register_behind_log`, `clock_behind`; what was done by then stays done.
    """
    for start in range(0, len(wanted), BATCH):
        some = wanted[start : start + BATCH]
        with engine.begin() as connection:
            done = [_one(connection, kid, each, sealer=sealer, rules=rules, suspect=suspect, now=now) for each in some]
            for each in done:
                if each.edition:
                    tell(connection, each.number, each.edition)
        yield done


def _one(connection: Connection, kid: bytes, each: Due, *, sealer: Sealer, rules: Rules, suspect: Collection[int], now: int) -> Again:
    if each.license_id in suspect:
        return Again(each.number, refused="row_not_ours")
    newest = history.current(connection, each.number)
    if newest.position != each.position or newest.status not in (status.VALID, status.SUSPENDED):
        return Again(each.number)  # somebody corrected or revoked it meanwhile
    held = claims.from_bytes(cose.from_bytes(newest.token).payload)
    if held.exp is not None and held.exp <= now:
        return Again(each.number, refused="expired")
    try:
        reason = f"key {kid.hex()}"
        edition = history.replace_within(connection, each.number, {}, sealer=sealer, rules=rules, reason=reason, now=now, anew=True)
    except SealError as error:  # before anything of it was written: what the next key may not seal, a person looks at
        return Again(each.number, refused=error.code)
    except IssuerError as error:
        if error.code not in ("authority_without_key", "editions_exhausted"):
            raise
        return Again(each.number, refused=error.code)
    return Again(each.number, edition)


class Printed(NamedTuple):
    """A license whose code is to be printed anew: its newest seal, by number, edition and position."""

    number: str
    edition: int
    position: int
    token: bytes


def to_print(engine: Engine, kid: bytes, start: int) -> list[Printed]:
    """Return what replaced the seals of a key from position `start` on and is in force: all of it, whichever run sealed it."""
    old = select(seals.c.license_id).where(seals.c.kid == kid, seals.c.status == status.SUPERSEDED, _from(start))
    table = seals.c
    query = select(licenses.c.number, table.edition, table.list, table.idx, table.token).join(licenses, licenses.c.id == table.license_id)
    query = query.where(table.license_id.in_(old), table.kid != kid, table.status.in_((status.VALID, status.SUSPENDED)))
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(licenses.c.authority, licenses.c.number)).all()
    return [Printed(row.number, row.edition, leaves.position_of(row.list, row.idx), bytes(row.token)) for row in rows]


def _from(start: int) -> ColumnElement[bool]:
    """Return what holds for seals at position `start` and behind it."""
    number, index = leaves.slot_of(start)
    return or_(seals.c.list > number, and_(seals.c.list == number, seals.c.idx >= index))
