"""What other programs are told of inspections by themselves: put into the outbox in the transaction that stores the inspection."""

from __future__ import annotations

from sqlalchemy import Connection, select

from inspections.webhooks import outbox
from published import Loaded
from seal.inspection import Inspection

from . import evaluating
from .archive import Archive
from .intake import Stored
from .tables import findings, inspections


def arrived(connection: Connection, found: Stored, held: Inspection, lists: Loaded | None, archive: Archive, *, now: int) -> None:
    """Judge an inspection again that has just arrived, and tell of it; of one that was here nothing is done."""
    if not found.new:
        return
    if lists is not None:
        evaluating.arrived(connection, found.id, held, lists, archive, now=now)
    if found.state == "confirmed" and held.result == "violation":
        _violation(connection, found.id, now)


def _violation(connection: Connection, inspection_id: int, now: int) -> None:
    table = inspections.c
    row = connection.execute(select(inspections).where(table.id == inspection_id)).one()
    items = select(findings.c.item).where(findings.c.inspection_id == inspection_id).order_by(findings.c.position)
    told = {"inspection": row.id, "authority": row.authority, "license": row.number, "license_authority": row.license_authority}
    told |= {"kind": row.kind, "type": row.seen_type, "severity": row.severity, "items": list(connection.scalars(items))}
    told |= {"scanned_at": outbox.moment(row.scanned_at), "latitude": row.latitude, "longitude": row.longitude}
    concerned = {row.authority, row.license_authority} - {None}
    outbox.emit(connection, "inspection.violation", str(inspection_id), concerned, told, now=now)
