"""Which inspections are judged again, and what is written down of it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, func, select, update

from inspections.webhooks import outbox
from published import Loaded
from seal import cose, inspection
from seal.inspection import Inspection
from storage.database import reading
from storage.insertion import insert
from storage.locks import lock_name

from . import sightings
from .archive import Archive
from .evaluation import Evaluation, evaluate
from .tables import evaluations, inspections

_BATCH = 200
_DISTANCE_MAX = (1 << 31) - 1


def arrived(connection: Connection, inspection_id: int, held: Inspection, lists: Loaded, archive: Archive, *, now: int) -> None:
    """Judge an inspection again that has just arrived, and keep it."""
    if (found := evaluate(held, lists, archive)) is not None:
        keep(connection, inspection_id, found, now=now)


def keep(connection: Connection, inspection_id: int, found: Evaluation, *, now: int) -> None:
    """Write a verdict down beside those that are there; the same lists say it once."""
    row = {
        "inspection_id": inspection_id,
        "at": now,
        "trust_sequence": found.trust_sequence,
        "status_iat": found.status_iat,
        "decision": found.told.decision,
        "seal": found.told.seal,
        "place": found.told.place,
        "reason": found.told.reason,
        "distance_dm": _bounded(found.told.distance_dm),
        "uncertainty_dm": _bounded(found.told.uncertainty_dm),
        "difference": found.difference,
        "detail": dict(found.detail),
    }
    connection.execute(insert(connection, evaluations).values(row).on_conflict_do_nothing())
    if found.number is not None:
        _name(connection, inspection_id, found.number, found.authority)
    if found.told.reason == "revoked" and found.number is not None:
        _tell_revoked(connection, inspection_id, found, now)


def _name(connection: Connection, inspection_id: int, number: str, authority: str | None) -> None:
    """Write down of which license an inspection is, as soon as it is known, and that the license was seen."""
    table = inspections.c
    named = update(inspections).where(table.id == inspection_id, table.number.is_(None)).values(number=number, license_authority=authority)
    if (scanned_at := connection.scalar(named.returning(table.scanned_at))) is not None:
        sightings.note(connection, number, scanned_at)


def _tell_revoked(connection: Connection, inspection_id: int, found: Evaluation, now: int) -> None:
    """Tell other programs, once, that a revoked license's code still hangs there."""
    table = inspections.c
    row = connection.execute(select(table.authority, table.scanned_at, table.state).where(table.id == inspection_id)).one()
    if row.state != "confirmed":
        return
    told = {"inspection": inspection_id, "authority": row.authority, "license": found.number, "license_authority": found.authority}
    told |= {"difference": found.difference, "scanned_at": outbox.moment(row.scanned_at)}
    concerned = {row.authority, found.authority or row.authority}
    outbox.emit(connection, "license.seen_revoked", str(inspection_id), concerned, told, now=now)


def unsettled(connection: Connection, *, newest: int, since: int) -> tuple[int, ...]:
    """Return what was scanned since a time and not yet judged by lists newer than its scan, if lists of `newest` bring news of it."""
    table, seen = inspections.c, evaluations.c
    last = select(func.max(seen.status_iat)).where(seen.inspection_id == table.id).correlate(inspections).scalar_subquery()
    waiting = func.coalesce(last, -1)
    query = select(table.id).where(table.kind == "license", table.scanned_at >= since, waiting <= table.scanned_at, waiting < newest)
    return tuple(connection.scalars(query.order_by(table.id)))


def settle(engine: Engine, lists: Loaded, archive: Archive, *, now: int, since: int) -> Iterator[tuple[int, str]]:
    """Judge what is unsettled with these lists; yield each inspection with the difference. Nothing is locked for longer than a batch."""
    with reading(engine) as connection:
        waiting = unsettled(connection, newest=lists.status.newest, since=since)
    for start in range(0, len(waiting), _BATCH):
        with engine.begin() as connection:
            lock_name(connection, "judging again")  # two batches at once could each hold a block of licenses that the other wants
            table = inspections.c
            query = select(table.id, table.message).where(table.id.in_(waiting[start : start + _BATCH])).order_by(table.id)
            for row in connection.execute(query).all():
                if (found := evaluate(said(bytes(row.message)), lists, archive)) is not None:
                    keep(connection, row.id, found, now=now)
                    yield row.id, found.difference


def said(message: bytes) -> Inspection:
    """Return what a stored message says: its signature was verified before it was stored. Raises FormatError."""
    return inspection.from_bytes(cose.from_bytes(message).payload)


def _bounded(value: int | None) -> int | None:
    return None if value is None else min(value, _DISTANCE_MAX)
