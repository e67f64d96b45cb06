"""Buckets of documents and photographs: whether they answer to our keys, and keep what is deleted. A folder is looked at as a disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from objects import naming, opening
from objects.errors import ObjectsError
from web.faults import SettingsError

from .findings import Finding, Level, Value

_NOBODY = bytes(32)  # a digest that no file has
_MOST = 1 << 20


def look(documents: Path | None, photographs: Path | None) -> Iterator[Finding]:
    """Yield a finding for each bucket that is named."""
    for subject, place, named in (("documents", documents, naming.DOCUMENTS), ("photographs", photographs, naming.PHOTOGRAPHS)):
        if place is not None and opening.is_bucket(place):
            yield _bucket(subject, place, named)


def _bucket(subject: str, place: Path, named: naming.Naming) -> Finding:
    try:
        bucket = opening.bucket(place, named, most=_MOST)
        bucket.has(_NOBODY)
        versions = bucket.versioned()
    except PermissionError as error:
        return Finding(subject, Level.UNKNOWN, "store_unread", Path(str(error.filename or place)).name)
    except OSError as error:
        return Finding(subject, Level.NOW, "path_missing", str(error.filename or place))
    except (ObjectsError, SettingsError) as error:
        return Finding(subject, Level.NOW, error.code, error.detail, (Value("store_answers", 0, {"of": subject}),))
    answers = (Value("store_answers", 1, {"of": subject}),)
    if versions is None:
        return Finding(subject, Level.FINE, "store_answers", "", answers)
    return Finding(subject, Level.FINE if versions else Level.SOON, "store_fine" if versions else "store_unversioned", "", answers)
