"""Packs of the log (docs/format.md §20): what a phone takes, what it refuses, and where seals stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from seal import cbor, cose, log_packs
from seal.log_packs import LogPack
from tests.vectors import fixed

KID = b"\x63"
SIZE = 70_000
AT = (0, 1, 130, 16_700, 69_999)  # gaps of one octet, of two, of three


class PackVector(NamedTuple):
    """An index with its segments, by a head over `size` positions; why it is refused, and else what stands where."""

    name: str
    why: str
    index: bytes
    segments: tuple[bytes, ...]
    code: str | None = None
    size: int = SIZE
    asked: tuple[tuple[int, bytes, str, bool | None], ...] = ()


def leaf(position: int) -> bytes:
    return sha256(b"seal %d" % position).digest()


def segment(positions: Sequence[int] = AT) -> bytes:
    return log_packs.to_bytes((position, leaf(position)) for position in positions)


def members(**changes: Any) -> dict[int | str, Any]:
    """What an index says, but for `changes`."""
    digests = [sha256(segment()).digest()]
    return {6: fixed.STATUS_SIGNED, "authority": "MN1", "count": len(AT), "head": b"a signed note", "segments": digests} | changes


def signed(held: Any, kid: bytes = KID, typ: str = log_packs.TYP) -> bytes:
    return cose.sign(cose.protected(kid, typ), cbor.encode(held), fixed.signer(fixed.SIGNERS[kid])).to_bytes()


def vectors() -> Iterator[PackVector]:
    yield from _good()
    yield from _indexes()
    yield from _segments()


def _good() -> Iterator[PackVector]:
    pack = LogPack("MN1", fixed.STATUS_SIGNED, b"a signed note", len(AT), (sha256(segment()).digest(),))
    index = log_packs.sign(pack, KID, fixed.signer(fixed.SIGNERS[KID]))
    cut = leaf(130)[:8] + bytes(24)
    asked = (
        *((position, leaf(position), "MN1", True) for position in AT),
        (130, leaf(131), "MN1", False),
        (130, leaf(130)[:7] + bytes(25), "MN1", False),
        (130, cut, "MN1", True),
        (131, leaf(131), "MN1", False),
        (131, leaf(131), "AGM", None),
        (130, leaf(131), "AGM", False),
    )
    yield PackVector("a pack", "five seals, and what stands where none of them does", index, (segment(),), asked=asked)
    empty = members(count=0, segments=[])
    nowhere = ((0, leaf(0), "MN1", False), (0, leaf(0), "AGM", None))
    yield PackVector("a pack without seals", "of an authority that sealed nothing yet", signed(empty), (), asked=nowhere)


def _indexes() -> Iterator[PackVector]:
    corrupt, wrong = "log_pack_corrupt", "log_pack_wrong_key"
    digest = sha256(segment()).digest()
    yield PackVector("a key for licenses", "status keys sign packs", signed(members(), b"\x01"), (segment(),), wrong)
    yield PackVector("a stolen status key", "compromised", signed(members(), b"\x64"), (segment(),), wrong)
    typed = signed(members(), typ="application/khatm-known-seals+cose")
    yield PackVector("another typ", "a list of known seals", typed, (segment(),), corrupt)
    broken: dict[str, dict[int | str, Any]] = {
        "no authority's code": {"authority": "mn1"},
        "an authority that is no text": {"authority": 1},
        "a time before 1970": {6: -1},
        "no head": {"head": b""},
        "a head that is a text": {"head": "a signed note"},
        "a negative count": {"count": -1, "segments": []},
        "more seals than there may be": {"count": log_packs.SEALS_MAX + 1},
        "a count that is no number": {"count": "5"},
        "a segment too few": {"segments": []},
        "a segment too many": {"segments": [digest, digest]},
        "a short digest": {"segments": [digest[:31]]},
        "a digest that is a number": {"segments": [1]},
        "another member": {"base": 1},
    }
    for name, changes in broken.items():
        yield PackVector(name, "not as the format has it", signed(members() | changes), (segment(),), corrupt)
    lacking = members()
    del lacking["head"]
    yield PackVector("without a head", "a member too few", signed(lacking), (segment(),), corrupt)
    yield PackVector("an array", "no map", signed([1]), (segment(),), corrupt)


def _segments() -> Iterator[PackVector]:
    def of(data: bytes, count: int = len(AT)) -> tuple[bytes, tuple[bytes, ...], str]:
        return signed(members(count=count, segments=[sha256(data).digest()])), (data,), "log_pack_corrupt"

    start = 8 * len(AT)
    good = segment()
    yield PackVector("another segment", "its hash is not the index's", signed(members()), (good[:-1] + b"\x01",), "log_pack_corrupt")
    yield PackVector("no segment", "the index names one", signed(members()), (), "log_pack_corrupt")
    yield PackVector("two segments", "the index names one", signed(members()), (good, good), "log_pack_corrupt")
    yield PackVector("a position twice", "a gap of nothing", *of(good[:start] + b"\x01\x00" + good[start + 2 :]))
    yield PackVector("a gap with a zero too many", "one way to write a number", *of(good[:start] + b"\x81\x00" + good[start + 1 :]))
    yield PackVector("cut off", "the last gap is missing", *of(good[:-1]))
    yield PackVector("octets behind it", "one gap too many", *of(good + b"\x01"))
    yield PackVector("an endless gap", "nine octets", *of(good[:start] + b"\xff" * 9 + b"\x01"))
    yield PackVector("a gap beyond all positions", "2^53 and more", *of(good[:start] + b"\xff" * 7 + b"\x7f" + b"\x01" * 4))
    yield PackVector("shorter than its seals", "the hashes themselves are cut", *of(good[:20]))
    yield PackVector("behind the head", "a position that the head does not cover", signed(members()), (good,), "log_pack_corrupt", SIZE - 1)
