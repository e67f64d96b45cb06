"""What became of the rows of a file, as octets: for a file without a name that ends with the run (judging.py)."""

from __future__ import annotations

import marshal
import pickle
from collections.abc import Iterable, Sequence

from .intake.rows import NO_DOUBT, Entry, Fault, Refusal
from .register.issuing import Candidate
from .register.neighbours import Near
from .register.plain import Plain, license_of, of_license
from .register.terms import Key

_VERSION = 2  # of marshal's own format: the last that looks for no objects that come twice, which takes longer than to write them


def packed(rows: Iterable[Candidate | Refusal]) -> bytes:
    """Return rows as `unpacked` takes them."""
    return marshal.dumps([_plain(row) for row in rows], _VERSION)


def unpacked(octets: bytes) -> Sequence[Candidate | Refusal]:
    """Return the rows that `packed` took. Only for what this program wrote itself, where nobody else can."""
    return [_row(each) for each in marshal.loads(octets)]  # noqa: S302 - see above


def _plain(row: Candidate | Refusal) -> Plain | bytes:
    if isinstance(row, Refusal):
        return pickle.dumps(row, pickle.HIGHEST_PROTOCOL)
    (line, source_id, license_, cells, doubt), key, skeleton, near = row
    entry = line, source_id, of_license(license_), cells, None if doubt == NO_DOUBT else tuple(doubt)
    return *entry, tuple(key), skeleton, tuple(near)


def _row(each: Plain | bytes) -> Candidate | Refusal:
    if isinstance(each, bytes):
        refusal: Refusal = pickle.loads(each)  # noqa: S301 - see above
        return refusal
    line, source_id, license_, cells, doubt, key, skeleton, near = each
    entry = tuple.__new__(Entry, (line, source_id, license_of(license_), cells, Fault(*doubt) if doubt else NO_DOUBT))
    return tuple.__new__(Candidate, (entry, tuple.__new__(Key, key), skeleton, tuple.__new__(Near, near)))
