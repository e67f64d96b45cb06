"""What belongs to the house, by the names that a backup has for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


class Places(NamedTuple):
    """Where a house has its things; None and what is not there is not backed up. Databases are paths (SQLite) or URLs."""

    register: str | None = None
    inspections: str | None = None
    published: Path | None = None
    log_store: Path | None = None
    documents: Path | None = None
    files: Path | None = None  # of inspections: photographs, the server's key

    @property
    def databases(self) -> Mapping[str, str]:
        """The databases that are named."""
        return {name: text for name, text in (("register", self.register), ("inspections", self.inspections)) if text}

    @property
    def before(self) -> Mapping[str, Path]:
        """Folders that are copied before the databases: what they say must be there, the databases say too."""
        return self._folders("published", "log_store", "documents", "files")

    @property
    def after(self) -> Mapping[str, Path]:
        """Folders that are looked at once more behind the databases: what these name came meanwhile."""
        return self._folders("documents", "files")

    def _folders(self, *names: str) -> Mapping[str, Path]:
        found = {name: getattr(self, name) for name in names}
        return {name: path for name, path in found.items() if path is not None}


#: What is made anew of the rest: the publisher's memory of the acts, which holds their salts, and what SQLite keeps beside a database.
_MADE_ANEW = (".sqlite", "-wal", "-shm", "-journal")


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder with their names within it, in order; nothing that is begun, hidden, made anew or no plain file."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if not _NAME.fullmatch(path.name) or path.is_symlink():
            continue
        if path.is_dir():
            yield from ((f"{path.name}/{name}", inner) for name, inner in files(path))
        elif path.is_file() and not path.name.endswith(_MADE_ANEW):
            yield path.name, path
