"""Photographs: files by their hashes, written whole; each stays what was signed, or is not taken.

A photograph may come before its inspection, or without one: it waits for `ORPHAN_SECONDS`, and is told meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from sqlalchemy import Connection, Engine, delete, exists, select

from inspections.errors import InspectionError
from objects import naming, opening
from objects.errors import ObjectsError
from objects.store import Objects
from qr import raster
from qr.errors import PictureError
from seal.inspection import PHOTOGRAPH_MAX
from storage.database import reading
from storage.insertion import insert

from .tables import inspection_photographs, photographs

ORPHAN_SECONDS = 30 * 86_400
STRAY_SECONDS = 86_400  # no upload takes that long
_BATCH = 500  # digests of one question to the database
_CODES = {"object_missing": "photograph_unknown", "object_altered": "photograph_damaged"}
_PIXELS_MAX = 16_000_000  # phones scale what they take to a tenth of it
_SIDE_MAX = 32_767
_MAGIC = b"\xff\xd8\xff"  # JPEG, ITU-T T.81
_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Orphan:
    """A photograph that no inspection names: its SHA-256, its octets, when it came (seconds since 1970 UTC)."""

    sha256: bytes
    size: int
    arrived_at: int


class Store:
    """Where photographs are kept: a folder, or a bucket that a file (`.toml`) describes. Threads may share one.

    At most `decodes` are looked at at once.
    """

    def __init__(self, place: Path, *, decodes: int = 2) -> None:
        """Open it; nothing is asked of a bucket yet. Raises SettingsError, OSError for the file that describes one."""
        self._objects = opening.open_(place, naming.PHOTOGRAPHS, most=PHOTOGRAPH_MAX)
        self._decodes = BoundedSemaphore(decodes)

    def has(self, sha256: bytes) -> bool:
        """Say whether a photograph is there. Raises ObjectsError, OSError where the store fails."""
        return self._objects.has(sha256)

    def delete(self, sha256: bytes) -> None:
        """Delete a photograph, whether it is there or not. Raises ObjectsError, OSError where the store fails."""
        self._objects.delete(sha256)

    def put(self, engine: Engine, sha256: bytes, data: bytes, *, device_id: int | None, now: int) -> bool:
        """Take a photograph in, and say whether it is new. The file is in the store before the database says so.

        Raises InspectionError `photograph_too_large`, `photograph_differs` (another hash), `busy`; PictureError; ObjectsError, OSError
        for a store that is gone or full: then no row names it, and the phone keeps it.
        """
        if len(data) > PHOTOGRAPH_MAX:
            raise InspectionError("photograph_too_large", f"{len(data)} octets")
        if hashlib.sha256(data).digest() != sha256:
            raise InspectionError("photograph_differs")
        with reading(engine) as connection:
            here = connection.execute(select(photographs.c.removed_at).where(photographs.c.sha256 == sha256)).first()
        if here is not None and (here.removed_at is not None or self.has(sha256)):
            return False  # also what was removed after its time: it does not come back
        height, width = self._decoded(data)
        self._objects.put(data)
        row = {"sha256": sha256, "size": len(data), "width": width, "height": height, "arrived_at": now, "device_id": device_id}
        with engine.begin() as connection:
            made = insert(connection, photographs).values(row).on_conflict_do_nothing().returning(photographs.c.sha256)
            return connection.execute(made).first() is not None

    def read(self, sha256: bytes) -> bytes:
        """Return a photograph.

        Raises InspectionError `photograph_unknown`, `photograph_damaged` (no longer what was signed); ObjectsError, OSError where the
        store fails: it may be there.
        """
        try:
            return self._objects.get(sha256)
        except ObjectsError as error:
            code = _CODES.get(error.code)
            if code is None:
                raise
            raise InspectionError(code) from error

    def _decoded(self, data: bytes) -> tuple[int, int]:
        """Return height and width of a JPEG that can be decoded within bounds. Raises PictureError; InspectionError `busy`."""
        if not data.startswith(_MAGIC):
            raise PictureError("picture_format", f"{len(data)} bytes")
        if not self._decodes.acquire(timeout=_WAIT_SECONDS):
            raise InspectionError("busy")
        try:
            height, width = raster.parse(data, formats=("JPEG",), most_pixels=_PIXELS_MAX).shape
        finally:
            self._decodes.release()
        if max(height, width) > _SIDE_MAX:
            raise PictureError("picture_too_many_pixels", f"{width}x{height} pixels")
        return height, width

    def forget_orphans(self, engine: Engine, *, now: int, removed: Callable[[Orphan], object] = lambda _: None) -> int:
        """Remove photographs that no inspection has named for too long; return how many."""
        with engine.begin() as connection:
            old = [each for each in orphans(connection) if each.arrived_at <= now - ORPHAN_SECONDS]
            for each in old:
                connection.execute(delete(photographs).where(photographs.c.sha256 == each.sha256))
                removed(each)
        for each in old:
            self.delete(each.sha256)
        return len(old)

    def forget_strays(self, engine: Engine, *, now: int) -> int:
        """Delete files that no row names: of uploads that ended between file and row, or of rows whose file could not be deleted then.

        A 24th of the store at each hour, so all of it every day. Returns how many. Raises ObjectsError, OSError.
        """
        before, gone = now - STRAY_SECONDS, 0
        self._objects.clear(before)
        for part in naming.PARTS[now // 3600 % 24 :: 24]:
            old = {held.digest for held in self._objects.listed(part) if held.touched < before}
            for batch in (sorted(old)[start : start + _BATCH] for start in range(0, len(old), _BATCH)):
                with reading(engine) as connection:
                    query = select(photographs.c.sha256).where(photographs.c.sha256.in_(batch), photographs.c.removed_at.is_(None))
                    named = set(map(bytes, connection.scalars(query)))
                gone += sum(self._objects.delete(digest, untouched_since=before) for digest in batch if digest not in named)
        return gone

    @property
    def objects(self) -> Objects:
        """The files, for whoever checks or copies all of them."""
        return self._objects


def orphans(connection: Connection) -> tuple[Orphan, ...]:
    """Return the photographs that no inspection names, the oldest first."""
    table = photographs.c
    named = exists().where(inspection_photographs.c.sha256 == table.sha256)
    query = select(table.sha256, table.size, table.arrived_at).where(~named).order_by(table.arrived_at)
    return tuple(Orphan(bytes(row.sha256), row.size, row.arrived_at) for row in connection.execute(query))
