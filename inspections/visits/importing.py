"""A phone's signed export, brought by a supervisor: a ZIP with `inspections/*.cose` and `photographs/*.jpg`, as the phone app writes it.

Every message is verified as if the phone had sent it, and sent twice it is one. What cannot be taken is told by its name and a code; the
rest is taken.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from inspections.errors import InspectionError
from published import Loaded
from qr.errors import PictureError
from seal.errors import SealError
from seal.inspection import LENGTH_MAX, PHOTOGRAPH_MAX
from storage.database import reading

from . import announcing, intake
from .archive import Archive
from .photographs import Store

ENTRIES_MAX = 20_000
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, RuntimeError)


class Imported(NamedTuple):
    """What became of one entry of a file: `code` is new, known, or that of a refusal; `reasons` those of an inspection that was taken."""

    name: str
    code: str
    reasons: tuple[str, ...] = ()


class Importer(NamedTuple):
    """What an import works with. `by` is the name of the account that brings the file, or console."""

    engine: Engine
    store: Store
    archive: Archive
    lists: Loaded | None
    by: str
    now: int

    def file(self, path: Path) -> Iterator[Imported]:
        """Take a file in; yield what became of each entry. Raises InspectionError `import_unreadable`, `import_too_large`; OSError."""
        if path.suffix.lower() == ".cose":
            yield self._inspection(path.name, path.read_bytes()[: LENGTH_MAX + 1])
            return
        try:
            with zipfile.ZipFile(path) as archive:
                entries = sorted(archive.infolist(), key=lambda entry: not entry.filename.endswith(".cose"))
                if len(entries) > ENTRIES_MAX:
                    raise InspectionError("import_too_large", f"{len(entries)} entries")
                for entry in entries:
                    if (became := self._entry(archive, entry)) is not None:
                        yield became
        except _DAMAGED as error:
            raise InspectionError("import_unreadable", type(error).__name__) from error

    def _entry(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Imported | None:
        kind = Path(entry.filename).suffix
        if entry.is_dir() or kind not in (".cose", ".jpg"):
            return None if entry.is_dir() else Imported(entry.filename, "media_type")
        most = LENGTH_MAX if kind == ".cose" else PHOTOGRAPH_MAX
        with archive.open(entry) as stream:
            data = stream.read(most + 1)  # whatever its head says of its size
        return self._inspection(entry.filename, data) if kind == ".cose" else self._photograph(entry.filename, data)

    def _inspection(self, name: str, data: bytes) -> Imported:
        try:
            with reading(self.engine) as connection:
                owner, held = intake.opened(connection, data, None)
            with self.engine.begin() as connection:
                found = intake.take(connection, owner.id, data, held, brought_by=self.by, now=self.now)
                announcing.arrived(connection, found, held, self.lists, self.archive, now=self.now)
        except (SealError, InspectionError) as error:
            return Imported(name, error.code)
        return Imported(name, "new" if found.new else "known", found.reasons)

    def _photograph(self, name: str, data: bytes) -> Imported:
        try:
            new = self.store.put(self.engine, hashlib.sha256(data).digest(), data, device_id=None, now=self.now)
        except (PictureError, InspectionError) as error:
            return Imported(name, error.code)
        return Imported(name, "new" if new else "known")
