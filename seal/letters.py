"""The texts of a seal of version 2: DEFLATE behind a dictionary and under a code that are both frozen (docs/format.md §4.6).

The code's lengths are the head of a dynamic block. A reader feeds it to an inflater once and copies that for each seal; it never travels.
"""

from __future__ import annotations

import zlib
from codecs import charmap_build, charmap_decode, charmap_encode
from functools import cache

from . import tables
from .errors import FormatError
from .fold import ALPHABET
from .inflate import WINDOW, bounded
from .parse import Parser
from .radix import stream

_BETWEEN = 0x0A  # never a character inside a text
_DECODING = ALPHABET[:_BETWEEN] + "\n" + ALPHABET[_BETWEEN + 1 :]
_ENCODING = charmap_build(_DECODING)


def read(number: int) -> list[str]:
    """Return the texts in the stream that is left of a number. Raises FormatError `damaged`, `inflates_too_far` or `unused_input`."""
    size = number.bit_length() - 1
    packed = (number ^ 1 << size).to_bytes(size + 7 >> 3, "little") if size >= 0 else stream(number)
    unpacker = _primed().copy()
    octets = bounded(unpacker, packed)
    try:
        return charmap_decode(octets, "strict", _DECODING)[0].split("\n")
    except UnicodeDecodeError as error:
        raise FormatError("damaged", "letters") from error


def write(texts: list[str]) -> tuple[int, int] | None:
    """Return the stream of `texts`, its first bit lowest, and how many bits it has; None where a letter is not in the alphabet."""
    try:
        octets, _ = charmap_encode("\n".join(texts), "strict", _ENCODING)
    except UnicodeEncodeError:
        return None
    return _parser().stream(octets)


@cache
def _primed() -> zlib._Decompress:
    unpacker = zlib.decompressobj(WINDOW, tables.dictionary("2"))
    unpacker.decompress(tables.current().header)
    return unpacker


@cache
def _parser() -> Parser:
    return Parser(tables.dictionary("2"), tables.current().code)
