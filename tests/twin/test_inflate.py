"""Broken, endless and overlong DEFLATE streams end alike in both languages."""

from __future__ import annotations

import random
import zlib
from collections import Counter

from seal import status, wire
from tests.fuzz.wire import mutated
from tests.twin.asking import Answer, Asker

STRATEGIES = (zlib.Z_FIXED, zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE)


def stream(chance: random.Random, limit: int, preset: bytes | None, window: int = -15) -> bytes:
    """A stream of about the limit or much less, mostly a little wrong."""
    size = chance.choice((0, 1, 100, limit - 1, limit, limit + 1, limit + 258, 4 * limit, chance.randrange(limit)))
    source = chance.choice((b"A", b"AB", chance.randbytes(97), wire.dictionary("1")))
    content = (source * (size // len(source) + 1))[:size]
    level, strategy = chance.choice((0, 1, 6, 9)), chance.choice(STRATEGIES)
    packer = zlib.compressobj(level, zlib.DEFLATED, window, 9, strategy, *([preset] if preset else []))
    data = packer.compress(content) + (packer.flush(zlib.Z_FULL_FLUSH) if chance.random() < 0.2 else b"") + packer.flush()
    match chance.randrange(6):
        case 0:
            return data
        case 1:
            return data + chance.randbytes(chance.randrange(1, 9))
        case 2:
            return data[: chance.randrange(len(data) + 1)]
        case 3:
            return chance.randbytes(chance.randrange(1, 60))
        case _:
            return mutated(chance, data)


def test_raw_streams_end_alike(ask: Asker) -> None:
    chance, asked, ours = random.Random("raw"), [], []
    ends: Counter[str] = Counter()
    for _ in range(6_000):
        limit, preset = chance.choice((2048, 2048, 300, 1)), chance.choice((None, wire.dictionary("1")))
        data = stream(chance, limit, preset)
        asked.append({"ask": "raw", "hex": data.hex(), "limit": limit, "preset": preset and preset.hex()})
        ours.append(_raw(data, limit, preset))
        ends["broken" if ours[-1]["broken"] else "ended" if ours[-1]["ended"] else "more"] += 1
    for request, theirs, our in zip(asked, ask(asked), ours, strict=True):
        assert theirs == our, request
    assert min(ends.values()) > 500


def _raw(data: bytes, limit: int, preset: bytes | None) -> Answer:
    unpacker = zlib.decompressobj(-15, preset) if preset else zlib.decompressobj(-15)
    try:
        octets = unpacker.decompress(data, limit)
    except zlib.error:
        return {"octets": None, "broken": True, "ended": False, "unused": None}
    unused = len(unpacker.unused_data) + len(unpacker.unconsumed_tail)
    return {"octets": octets.hex(), "broken": False, "ended": unpacker.eof, "unused": unused}


def test_zlib_streams_are_taken_alike(ask: Asker) -> None:
    chance, asked, ours = random.Random("zlib"), [], []
    for _ in range(3_000):
        window = chance.choice((15, 15, 9))
        limit = chance.choice((40, 5_000))
        data = stream(chance, limit, None, window)
        if chance.random() < 0.1:
            data += data
        asked.append({"ask": "inflate", "hex": data.hex(), "limit": limit})
        ours.append({"octets": _zlib(data, limit)})
    for request, theirs, our in zip(asked, ask(asked), ours, strict=True):
        assert theirs == our, request
    assert sum(our["octets"] is not None for our in ours) > 200


def _zlib(data: bytes, limit: int) -> str | None:
    unpacker = zlib.decompressobj()
    try:
        octets = unpacker.decompress(data, limit)
    except zlib.error:
        return None
    return None if not unpacker.eof or unpacker.unused_data or unpacker.unconsumed_tail else octets.hex()


def test_the_largest_status_list_is_taken_and_no_larger(ask: Asker) -> None:
    sizes = (status.ENTRIES_MAX - 1, status.ENTRIES_MAX, status.ENTRIES_MAX + 1)
    answers = ask({"ask": "inflate", "hex": zlib.compress(bytes(size)).hex(), "limit": status.ENTRIES_MAX} for size in sizes)
    assert [answer["octets"] and len(answer["octets"]) // 2 for answer in answers] == [*sizes[:2], None]
