"""How a text becomes short messages: its alphabet, how many parts it takes, and their octets.

Sources: 3GPP TS 23.038 §6.2.1 (the 7-bit default alphabet and its extension) and TS 23.040 §9.2.3.24.1 (the header that joins parts).
A message has 140 octets. Alone it takes 160 septets or 70 UCS-2 units; joined, six octets of header leave 153 or 67.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Alphabet = Literal["gsm", "ucs2"]

LONGEST = 10  # parts of a message that the office sends; a reference of one octet would allow 255
HEADER = b"\x05\x00\x03"  # five octets follow; element 00 of three octets: reference, how many, which
_ALONE: dict[Alphabet, int] = {"gsm": 160, "ucs2": 70}
_JOINED: dict[Alphabet, int] = {"gsm": 153, "ucs2": 67}
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_SEPTETS: dict[str, bytes] = {character: bytes([code]) for code, character in enumerate(_BASIC) if code != _ESCAPE}
_SEPTETS |= {
    character: bytes([_ESCAPE, code])
    for character, code in zip("\f^{}\\[~]|€", (0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65), strict=True)
}


class Split(NamedTuple):
    """A text in parts, all in one alphabet, in their order."""

    alphabet: Alphabet
    texts: tuple[str, ...]


def split(text: str) -> Split:
    """Return `text` in as few parts as it takes. No character is cut in two: not an escaped one, nor one of two UTF-16 units."""
    alphabet: Alphabet = "gsm" if all(character in _SEPTETS for character in text) else "ucs2"
    if sum(_units(character, alphabet) for character in text) <= _ALONE[alphabet]:
        return Split(alphabet, (text,))
    return Split(alphabet, tuple(_cut(text, alphabet)))


def _cut(text: str, alphabet: Alphabet) -> Iterator[str]:
    start = taken = 0
    for place, character in enumerate(text):
        units = _units(character, alphabet)
        if taken + units > _JOINED[alphabet]:
            yield text[start:place]
            start, taken = place, 0
        taken += units
    yield text[start:]


def _units(character: str, alphabet: Alphabet) -> int:
    """Return septets, or units of 16 bits."""
    if alphabet == "gsm":
        return len(_SEPTETS[character])
    return 2 if ord(character) > 0xFFFF else 1


def encode(text: str, alphabet: Alphabet) -> bytes:
    """Return a part's octets: a septet in each, as SMPP carries the default alphabet, or UTF-16 in network order."""
    if alphabet == "gsm":
        return b"".join(_SEPTETS[character] for character in text)
    return text.encode("utf-16-be")


def header(reference: int, total: int, number: int) -> bytes:
    """Return the header that tells a phone to join part `number` (from 1) of `total` with the others of `reference` (one octet)."""
    return HEADER + bytes([reference, total, number])
