"""What the last look found: a small file for people, for `khatm doctor`, and for the next look. Nothing in it gives trust."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from published import whole

from .fetching import Validators

_MOST = 4 << 20  # octets


class Record(NamedTuple):
    """Times are seconds since 1970 UTC, 0 for never.

    `code`: why the last look ended without a publication, "" where it did not; `faults`: what of it was refused, codes by name;
    `good_at`: when the host last gave everything that it names; `failures`: looks in a row that ended with a code.
    """

    host: str = ""
    looked_at: int = 0
    good_at: int = 0
    next_at: int = 0
    code: str = ""
    detail: str = ""
    faults: Mapping[str, str] = {}
    failures: int = 0
    validators: Mapping[str, Validators] = {}

    @property
    def fine(self) -> bool:
        """Whether everything that the host has is in place."""
        return not self.code and not self.faults


def read(path: Path) -> Record:
    """Return what was written last, an empty record where nothing can be read: then everything is asked for anew."""
    try:
        with path.open("rb") as stream:
            held = json.loads(stream.read(_MOST))
        validators = {str(name): Validators(str(etag), str(modified)) for name, (etag, modified) in held["validators"].items()}
        faults = {str(name): str(code) for name, code in held["faults"].items()}
        looked_at, good_at, next_at, failures = (int(held[name]) for name in ("looked_at", "good_at", "next_at", "failures"))
        host, code, detail = (str(held[name]) for name in ("host", "code", "detail"))
        return Record(host, looked_at, good_at, next_at, code, detail, faults, failures, validators)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Record()


def write(path: Path, record: Record) -> None:
    """Write it down. Raises OSError."""
    whole.write({path: json.dumps(record._asdict(), indent=1, ensure_ascii=False).encode() + b"\n"}, mode=0o644, durable=False)
