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
from published import whole
from qr import raster
from qr.errors import PictureError
from seal.inspection import PHOTOGRAPH_MAX
from storage.database import reading
from storage.insertion import insert

from .tables import inspection_photographs, photographs

ORPHAN_SECONDS = 30 * 86_400
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
    """The folder of photographs. Threads may share one; at most `decodes` are looked at at once."""

    def __init__(self, folder: Path, *, decodes: int = 2) -> None:
        self._folder = folder
        self._decodes = BoundedSemaphore(decodes)

    def path(self, sha256: bytes) -> Path:
        """Return where a photograph is."""
        name = sha256.hex()
        return self._folder / name[:2] / f"{name}.jpg"

    def put(self, engine: Engine, sha256: bytes, data: bytes, *, device_id: int | None, now: int) -> bool:
        """Take a photograph in, and say whether it is new. The file is on the disk before the database says so.

        Raises InspectionError `photograph_too_large`, `photograph_differs` (another hash), `busy`; PictureError; OSError for a full disk:
        then nothing was stored.
        """
        if len(data) > PHOTOGRAPH_MAX:
            raise InspectionError("photograph_too_large", f"{len(data)} octets")
        if hashlib.sha256(data).digest() != sha256:
            raise InspectionError("photograph_differs")
        with reading(engine) as connection:
            here = connection.execute(select(photographs.c.removed_at).where(photographs.c.sha256 == sha256)).first()
        if here is not None and (here.removed_at is not None or self.path(sha256).exists()):
            return False  # also what was removed after its time: it does not come back
        height, width = self._decoded(data)
        whole.write({self.path(sha256): data}, mode=0o600)
        row = {"sha256": sha256, "size": len(data), "width": width, "height": height, "arrived_at": now, "device_id": device_id}
        with engine.begin() as connection:
            made = insert(connection, photographs).values(row).on_conflict_do_nothing().returning(photographs.c.sha256)
            return connection.execute(made).first() is not None

    def read(self, sha256: bytes) -> bytes:
        """Return a photograph. Raises InspectionError `photograph_unknown`, `photograph_damaged` (no longer what was signed)."""
        try:
            data = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise InspectionError("photograph_unknown") from error
        if hashlib.sha256(data).digest() != sha256:
            raise InspectionError("photograph_damaged")
        return data

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
            self.path(each.sha256).unlink(missing_ok=True)
        return len(old)


def orphans(connection: Connection) -> tuple[Orphan, ...]:
    """Return the photographs that no inspection names, the oldest first."""
    table = photographs.c
    named = exists().where(inspection_photographs.c.sha256 == table.sha256)
    query = select(table.sha256, table.size, table.arrived_at).where(~named).order_by(table.arrived_at)
    return tuple(Orphan(bytes(row.sha256), row.size, row.arrived_at) for row in connection.execute(query))
