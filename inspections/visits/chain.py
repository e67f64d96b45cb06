"""A device's chain as the server keeps it: what is linked, what waits for one before it, what is missing.

Nothing that a device signed is refused for its place in the chain: it is stored and flagged (docs/format.md §15.3). The head is the
newest end up to which nothing is missing. Whoever calls holds the device (`records.locked`).
"""

from __future__ import annotations

from itertools import islice
from typing import Literal, NamedTuple

from sqlalchemy import Connection, select, update

from inspections.devices.records import Device
from inspections.devices.tables import devices
from seal.chain import GAPS_MAX, Comparison, Head, compare, link
from seal.inspection import Inspection

from . import counts
from .counts import Counted
from .tables import inspections

Chain = Literal["linked", "waiting", "broken", "forked"]
#: What a place in the chain says of an inspection, where it says something.
REASONS: dict[Chain, str] = {"waiting": "chain_gap", "broken": "chain_broken", "forked": "chain_forked"}


class Place(NamedTuple):
    """Where an inspection stands, and the head it leads to."""

    chain: Chain
    head: Head


def place(connection: Connection, device: Device, held: Inspection, digest: bytes) -> Place:
    """Say where an inspection stands that is not stored yet."""
    standing = link(device.head, held)
    if standing == "next":
        return Place("linked", Head(device.kid, held.sequence, digest))
    if standing == "broken":
        return Place("broken", device.head)
    return Place("waiting" if standing == "gap" else "forked", device.head)


def advance(connection: Connection, device: Device, head: Head) -> Head:
    """Lead the chain on from `head` over what waited, write the new head down, and return it."""
    while found := _after(connection, device, head):
        head = found
    values = {"head_sequence": head.sequence, "head_digest": head.digest}
    connection.execute(update(devices).where(devices.c.id == device.id).values(values))
    return head


def _after(connection: Connection, device: Device, head: Head) -> Head | None:
    """Link the one of those that wait next which names the head; the others there turn out to be none of this chain."""
    table = inspections.c
    query = select(table.id, table.digest, table.previous, table.reasons, *(table[name] for name in Counted._fields)).where(
        table.device_id == device.id, table.sequence == head.sequence + 1, table.chain == "waiting"
    )
    following: Head | None = None
    for row in connection.execute(query.order_by(table.id)).all():
        if bytes(row.previous or b"") == head.digest and following is None:
            following = Head(device.kid, head.sequence + 1, bytes(row.digest))
            values: dict[str, object] = {"chain": "linked"}
        else:
            chain: Chain = "forked" if following else "broken"
            values = {"chain": chain, "state": "set_apart", "reasons": sorted({*row.reasons, REASONS[chain]})}
            counts.move(connection, Counted(*row[4:]), "set_apart")
        connection.execute(update(inspections).where(table.id == row.id).values(values))
    return following


def gaps(connection: Connection, device: Device, head: Head) -> tuple[int, ...]:
    """Return the sequences that are missing below the newest one stored, the first ones of very many."""
    table = inspections.c
    query = select(table.sequence).where(table.device_id == device.id, table.sequence > head.sequence).distinct().order_by(table.sequence)
    missing: list[int] = []
    expected = head.sequence + 1
    for sequence in connection.scalars(query):
        missing += islice(range(expected, sequence), GAPS_MAX - len(missing))
        expected = sequence + 1
        if len(missing) >= GAPS_MAX:
            break
    return tuple(missing)


def compared(connection: Connection, device: Device, sequence: int, newest: bytes | None) -> Comparison:
    """Compare what a phone says of its own chain with the head at hand."""
    table = inspections.c

    def at(place: int) -> bytes | None:
        query = select(table.digest).where(table.device_id == device.id, table.sequence == place, table.chain == "linked")
        found = connection.scalar(query)
        return None if found is None else bytes(found)

    return compare(device.head, sequence, newest, at)
