"""The store that a setting names: a folder, or, where it ends in `.toml`, a bucket that the file describes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .folder import Folder
from .naming import Naming
from .settings import load
from .store import Objects

if TYPE_CHECKING:
    from .bucket import Bucket

SUFFIX = ".toml"


def is_bucket(place: Path) -> bool:
    """Say whether a setting names a file that describes a bucket. A file that is not there is missed; no folder is made of its name."""
    return place.suffix == SUFFIX


def open_(place: Path, naming: Naming, *, most: int) -> Objects:
    """Return the store of a place; a bucket is not asked for anything yet. `most`: octets of a file. Raises SettingsError, OSError."""
    return bucket(place, naming, most=most) if is_bucket(place) else Folder(place, naming, most=most)


def bucket(place: Path, naming: Naming, *, most: int) -> Bucket:
    """Return the bucket that a file describes. Raises SettingsError, OSError."""
    from .bucket import Bucket  # noqa: PLC0415 - the client of S3 takes a fifth of a second to come in, which a folder never needs

    return Bucket(load(place), naming, most=most)
