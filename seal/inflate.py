"""Inflating within bounds: the limit on what comes out holds before it comes out (docs/format.md §3)."""

from __future__ import annotations

import zlib

from .errors import FormatError

INFLATED_MAX = 2_048  # octets
WINDOW = -13  # raw; 8 KB hold each dictionary and all output, so no distance is lost, and less memory has to be made ready


def bounded(unpacker: zlib._Decompress, packed: bytes) -> bytes:
    """Return what `packed`, all of it, inflates to. Raises FormatError `damaged`, `inflates_too_far` or `unused_input`."""
    try:
        octets = unpacker.decompress(packed, INFLATED_MAX)
    except zlib.error as error:
        raise FormatError("damaged", "DEFLATE") from error
    if unpacker.eof and not unpacker.unused_data:
        return octets
    if unpacker.unconsumed_tail or (not unpacker.eof and len(octets) == INFLATED_MAX):
        raise FormatError("inflates_too_far")
    if not unpacker.eof:
        raise FormatError("damaged", "DEFLATE ends early")
    raise FormatError("unused_input", str(len(unpacker.unused_data)))
