"""The seals of one authority in the log, eight octets each, for inspectors' phones without a network (docs/format.md §20).

    log/pack/AUTHORITY/index        signed: the log's head, how many seals, and the SHA-256 of each segment
    log/pack/AUTHORITY/0            the first 4,096 seals, and so on; full segments never change
    log/pack/AUTHORITY/7.p/1234     the last one, as long as it is not full

That the head is the log's, its own signatures tell, which are none of this room's business. That the seals are those of the authority,
and all of them, the key with the role `status` vouches for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from . import cbor, cose
from .errors import FormatError, ListError, SignatureError
from .license import AUTHORITY
from .status import status_key
from .trust import TrustList

TYP: Final = "application/khatm-log-pack+cose"
SEGMENT: Final = 4096  # seals in a full segment
PREFIX_BYTES: Final = 8  # of a leaf hash: who wants another seal in its place makes 2**64 of them, on average
SEALS_MAX: Final = 10_000_000
HEAD_MAX: Final = 262_144  # octets of a signed note
DIGEST_BYTES: Final = 32
GAP_BYTES_MAX: Final = 8
POSITION_MAX: Final = 2**53
SEGMENT_BYTES_MAX: Final = 65536  # 4,096 · (8 + 8)
INDEX_BYTES_MAX: Final = 524288
_MEMBERS = {6, "authority", "count", "head", "segments"}


class LogPack(NamedTuple):
    """The index: at `iat` (seconds since 1970 UTC) an authority had `seals` under the log's `head` (a signed note).

    `digests` are the SHA-256 of its segments. An iat is that of the head's signature or later.
    """

    authority: str
    iat: int
    head: bytes
    seals: int
    digests: tuple[bytes, ...]

    def widths(self) -> list[int]:
        """Return how many seals each segment has."""
        return widths(self.seals)


def widths(count: int) -> list[int]:
    """Return how many seals each segment has, of so many in all."""
    return [min(SEGMENT, count - start) for start in range(0, count, SEGMENT)]


def path(number: int, width: int) -> str:
    """Return where a segment lies below its authority's folder."""
    return str(number) if width == SEGMENT else f"{number}.p/{width}"


class Rows(NamedTuple):
    """Seals by where they stand: ascending positions, and of each leaf hash the first eight octets, one after another."""

    positions: Sequence[int]
    prefixes: bytes

    def prefix(self, place: int) -> bytes:
        """Return the first eight octets of the leaf at a place among them."""
        return self.prefixes[place * PREFIX_BYTES : (place + 1) * PREFIX_BYTES]


def to_bytes(rows: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a segment of seals as (position, leaf hash), in order: the beginnings of the hashes, then the gaps between the positions."""
    seals = list(rows)
    gaps, before = bytearray(), -1
    for position, _ in seals:
        left, before = position - before, position
        if left < 128:  # as nearly all
            gaps.append(left)
            continue
        while left > 127:
            gaps.append(left & 127 | 128)
            left >>= 7
        gaps.append(left)
    return b"".join([leaf[:PREFIX_BYTES] for _, leaf in seals]) + gaps


def from_bytes(data: bytes, width: int, *, after: int = -1) -> Rows:
    """Return a segment of `width` seals, which stand behind the position `after`. Raises FormatError `damaged`."""
    start = width * PREFIX_BYTES
    if not start <= len(data) <= SEGMENT_BYTES_MAX:
        raise FormatError("damaged", "log pack")
    positions, place, before = [], start, -1
    for _ in range(width):
        gap, shift = 0, 0
        while True:
            if place >= len(data) or shift >= 7 * GAP_BYTES_MAX:
                raise FormatError("damaged", "log pack")
            octet = data[place]
            place, gap, shift = place + 1, gap | (octet & 127) << shift, shift + 7
            if octet < 128:
                break
        before += gap
        if gap == 0 or (octet == 0 and shift > 7) or before >= POSITION_MAX:
            raise FormatError("damaged", "log pack")
        positions.append(before)
    if place != len(data) or (positions and positions[0] <= after):
        raise FormatError("damaged", "log pack")
    return Rows(positions, data[:start])


def sign(pack: LogPack, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the signed index. Raises FormatError `limit_broken`."""
    _check(pack)
    held = {6: pack.iat, "authority": pack.authority, "count": pack.seals, "head": pack.head, "segments": list(pack.digests)}
    return cose.sign(cose.protected(kid, TYP), cbor.encode(held), signer).to_bytes()


def verify(data: bytes, *, trust: TrustList) -> LogPack:
    """Return the index in `data`. Raises ListError `log_pack_corrupt` or `log_pack_wrong_key`."""
    if len(data) > INDEX_BYTES_MAX:
        raise ListError("log_pack_corrupt", "too large")
    try:
        return _parse(cose.open_typed(data, TYP, lambda kid: status_key(trust, kid)))
    except SignatureError as error:
        raise ListError("log_pack_wrong_key", str(error)) from error
    except FormatError as error:
        raise ListError("log_pack_corrupt", str(error)) from error


def rows(pack: LogPack, segments: Iterable[bytes], *, size: int) -> Rows:
    """Return all seals of a pack, whose head covers `size` positions. Raises ListError `log_pack_corrupt`."""
    positions: list[int] = []
    prefixes: list[bytes] = []
    try:
        for data, digest, width in zip(segments, pack.digests, pack.widths(), strict=True):
            if sha256(data).digest() != digest:
                raise FormatError("damaged", "log pack")
            found = from_bytes(data, width, after=positions[-1] if positions else -1)
            positions += found.positions
            prefixes.append(found.prefixes)
    except (FormatError, ValueError) as error:  # ValueError: more of them, or fewer
        raise ListError("log_pack_corrupt", str(error)) from error
    if positions and positions[-1] >= size:
        raise ListError("log_pack_corrupt", "behind the head")
    return Rows(positions, b"".join(prefixes))


class Packed(NamedTuple):
    """A LogView (seal/logs.py) of one authority's seals. Of another's it knows no more than that they do not stand where these do."""

    authority: str
    size: int
    time: int
    rows: Rows
    unwitnessed_newer: bool = False
    forked: bool = False

    def holds(self, position: int, leaf: bytes, authority: str) -> bool | None:
        """Say whether a leaf stands at a position, by its first eight octets; None where only another authority's seals can."""
        positions = self.rows.positions
        place = bisect_left(positions, position)
        if place < len(positions) and positions[place] == position:
            return self.rows.prefix(place) == leaf[:PREFIX_BYTES]
        return False if authority == self.authority else None


def _parse(payload: Any) -> LogPack:
    if type(payload) is not dict or payload.keys() != _MEMBERS or not {type(key) for key in payload} <= {int, str}:
        raise FormatError("damaged", "log pack")
    authority, iat, head, count, digests = (payload[key] for key in ("authority", 6, "head", "count", "segments"))
    numbers = all(type(number) is int for number in (iat, count))
    if not numbers or type(authority) is not str or type(head) is not bytes or type(digests) is not list:
        raise FormatError("damaged", "log pack")
    if not all(type(digest) is bytes for digest in digests):
        raise FormatError("damaged", "log pack")
    pack = LogPack(authority, iat, head, count, tuple(digests))
    _check(pack)
    return pack


def _check(pack: LogPack) -> None:
    """Hold an index to its limits. Raises FormatError `limit_broken`."""
    fine = (
        AUTHORITY.fullmatch(pack.authority) is not None
        and 0 <= pack.iat < POSITION_MAX
        and 0 < len(pack.head) <= HEAD_MAX
        and 0 <= pack.seals <= SEALS_MAX
        and len(pack.digests) == -(-pack.seals // SEGMENT)
        and all(len(digest) == DIGEST_BYTES for digest in pack.digests)
    )
    if not fine:
        raise FormatError("limit_broken", "log pack")
