"""Entry bundles (C2SP tlog-tiles, "Log entries"): up to 256 entries, each with its length in two octets before it, high octet first."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import TileError
from .tiles import WIDTH

ENTRY_MAX = 65_535


def to_bytes(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of 1 to 256 entries. Raises TileError `bundle_malformed` for more, or an entry of more than 65,535 octets."""
    parts = list(entries)
    sizes = set(map(len, parts))
    if not 1 <= len(parts) <= WIDTH or max(sizes) > ENTRY_MAX:
        raise TileError("bundle_malformed")
    if len(sizes) == 1:  # digests, as nearly always
        head = sizes.pop().to_bytes(2, "big")
        return head + head.join(parts)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in parts)


def parse(data: bytes, width: int) -> list[bytes]:
    """Return exactly `width` entries. Raises TileError `bundle_malformed` for fewer, for more, and for half of one."""
    entries: list[bytes] = []
    place = 0
    while place < len(data) and len(entries) < width:
        start = place + 2
        place = start + int.from_bytes(data[place:start], "big")
        if start > len(data) or place > len(data):
            raise TileError("bundle_malformed")
        entries.append(data[start:place])
    if not 1 <= width <= WIDTH or len(entries) != width or place != len(data):
        raise TileError("bundle_malformed")
    return entries
