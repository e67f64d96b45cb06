"""On which day each license was last scanned: two octets for each, in blocks of 512 by year and serial (docs/adr/0045-counters.md).

A million licenses are 2,000 rows, read in a few milliseconds. Days are Cairo's, as days since 1970-01-01; 0 is never.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select, update

from seal.license import YEARS
from storage.insertion import insert

from .counts import day_of, number_of
from .tables import sightings

BLOCK: Final = 512  # licenses
_DAY: Final = np.dtype(">u2")
Keys = npt.NDArray[np.integer[Any]]
Days = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Sightings:
    """All blocks, as they were read: `blocks` ascending, a row of `days` for each."""

    blocks: npt.NDArray[np.int64]
    days: Days

    def of(self, keys: Keys) -> Days:
        """Return the days on which licenses were last seen, by their keys; 0 for those that never were."""
        if not len(self.blocks):
            return np.zeros(len(keys), _DAY)
        wanted = keys // BLOCK
        row = np.searchsorted(self.blocks, wanted).clip(max=len(self.blocks) - 1)
        return np.where(self.blocks[row] == wanted, self.days[row, keys % BLOCK], 0)


def key_of(number: str) -> int:
    """Return a license's key, the first four octets of its cti as a number (`seal.license.identifier`)."""
    _, _, year, serial, _ = number.split("-")
    return (int(year) - YEARS.start) << 24 | int(serial)


def day_of_scan(at: int) -> int:
    """Return the day of a scan as a block holds it: what a phone's clock says of other centuries is the first or the last one."""
    return min(max(number_of(day_of(at)), 1), (1 << 16) - 1)


def note(connection: Connection, number: str, scanned_at: int) -> None:
    """Keep that a license was scanned, unless it was later, too. Whoever writes into a block holds it to the end of the transaction."""
    (block, slot), day = divmod(key_of(number), BLOCK), day_of_scan(scanned_at)
    query = select(sightings.c.days).where(sightings.c.block == block)
    held = connection.scalar(query)
    if held is None:
        empty = {"block": block, "days": bytes(BLOCK * _DAY.itemsize)}
        connection.execute(insert(connection, sightings).values(empty).on_conflict_do_nothing())
    elif np.frombuffer(held, _DAY)[slot] >= day:
        return
    held = np.frombuffer(connection.scalar(query.with_for_update()) or b"", _DAY).copy()
    held[slot] = max(held[slot], day)
    connection.execute(update(sightings).where(sightings.c.block == block).values(days=held.tobytes()))


def read(connection: Connection) -> Sightings:
    """Return when each license was last seen."""
    rows = connection.execute(select(sightings.c.block, sightings.c.days).order_by(sightings.c.block)).all()
    days = np.frombuffer(b"".join(row.days for row in rows), _DAY).reshape(-1, BLOCK)
    return Sightings(np.array([row.block for row in rows], np.int64), days)
