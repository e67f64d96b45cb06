"""CBOR of every kind, mostly almost right, and decoded values as the twin writes them (tests/twin/answers.js)."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Mapping
from typing import Any

import cbor2

from tests.fuzz.wire import mutated

TEXTS = ("", "a", "iss", "سجل", "🍕", "\ufeff", "a" * 23, "b" * 24, "c" * 256)
ARGUMENTS = (0, 1, 4, 16, 23, 24, 255, 256, 65_535, 65_536, (1 << 32) - 1, 1 << 32, (1 << 53) - 1, 1 << 53, (1 << 64) - 1)
FLOATS = (0.0, -0.0, 1.0, 2.0, 1.5, 31.25, 65_504.0, 65_536.0, 2.0**-14, 2.0**-24, 2.0**-25, 2.0**-24 * 3, 0.1, 1e300, 2.0**64, 2.0**65)
FLOATS += (math.inf, -math.inf, math.nan, 16_777_217.0, float(1 << 53))


def head(chance: random.Random, major: int, argument: int) -> bytes:
    """A head, seldom longer than it need be."""
    sizes = [size for size in (0, 1, 2, 4, 8) if argument < (24 if size == 0 else 1 << 8 * size)]
    size = sizes[0] if chance.random() < 0.97 else chance.choice(sizes)
    first = argument if size == 0 else {1: 24, 2: 25, 4: 26, 8: 27}[size]
    return bytes((major << 5 | first,)) + argument.to_bytes(size, "big") if size else bytes((major << 5 | first,))


def floating(chance: random.Random) -> bytes:
    value = chance.choice(FLOATS) if chance.random() < 0.8 else struct.unpack(">d", chance.randbytes(8))[0]
    if chance.random() < 0.8:
        return cbor2.dumps(value, canonical=True)
    if chance.random() < 0.3:
        return b"\xf9" + chance.randbytes(2)
    try:
        return chance.choice((b"\xfa" + struct.pack(">f", value), b"\xfb" + struct.pack(">d", value)))
    except OverflowError:
        return b"\xfb" + struct.pack(">d", value)


def leaf(chance: random.Random) -> bytes:
    match chance.randrange(9):
        case 0 | 1 | 2:
            argument = chance.choice(ARGUMENTS) if chance.random() < 0.3 else chance.randrange(4)
            return head(chance, chance.choice((0, 0, 1)), argument)
        case 3 | 4:
            text = chance.choice(TEXTS).encode()
            return head(chance, 3, len(text)) + text
        case 5:
            data = chance.randbytes(chance.randrange(4))
            return head(chance, 2, len(data)) + data
        case 6:
            return floating(chance)
        case 7:
            return bytes((chance.choice((0xE0, 0xE1, 0xE2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7)),))
        case _:
            return bytes((0xF8, chance.choice((32, 255, chance.randrange(256)))))


def item(chance: random.Random, depth: int = 0) -> bytes:
    """One data item, its maps mostly in order."""
    if chance.random() < 0.01:
        return bytes((chance.choice((0xC1, 0xD8, 0x5F, 0x7F, 0x9F, 0xBF, 0xFF, 0x1C, 0xFC)),)) + leaf(chance)
    if depth > 3 or chance.random() < 0.4:
        return leaf(chance)
    count = chance.choice((0, 1, 2, 3, 3, 5))
    if chance.random() < 0.4:
        return head(chance, 4, count) + b"".join(item(chance, depth + 1) for _ in range(count))
    keys = [leaf(chance) if chance.random() < 0.9 else item(chance, depth + 2) for _ in range(count)]
    if chance.random() < 0.9:
        keys.sort()
    if chance.random() < 0.7:
        keys = list(dict.fromkeys(keys))
    return head(chance, 5, len(keys)) + b"".join(key + item(chance, depth + 1) for key in keys)


def octets(chance: random.Random) -> bytes:
    """An item; some are cut, changed, followed by more, or very deep."""
    data = item(chance)
    match chance.randrange(12):
        case 0:
            return mutated(chance, data)
        case 1:
            return data + chance.choice((b"\0", data))
        case 2:
            return b"\x81" * chance.randrange(9, 14) + data
        case 3:
            return b"\xa1\x00" * chance.randrange(5, 14) + data
        case _:
            return data


def written(value: Any) -> str:
    """A decoded value as a text that JavaScript writes too."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case float():
            return "float nan" if math.isnan(value) else f"float {struct.pack('>d', value).hex()}"
        case cbor2.CBORSimpleValue():
            return f"simple {value.value}"
        case bytes():
            return f"bytes {value.hex()}"
        case str():
            return f"text {value.encode().hex()}"
        case Mapping():
            return "{" + ", ".join(f"{written(key)}: {written(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(written, value)) + "]"
        case _:
            return "undefined" if value is cbor2.undefined else str(value)
