"""The text in the QR code and the token inside it: each a reversible form of the other (docs/format.md §4).

text   = "https://" HOST "/" version-digit digits
digits = the wire, octets read as a number in bijective base 256 (no octet string shares its number with another)
wire   = signature (64 octets) raw-DEFLATE(fold(protected header, payload))
"""

from __future__ import annotations

import re
import zlib
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from . import fold
from .cose import SIGNATURE_BYTES, Sign1
from .errors import FormatError, UnknownVersionError
from .fold import Usual

VERSION = "1"
TEXT_MAX = 1_400  # characters
DIGITS_MIN = 160  # a signature alone has 154: fewer is not one of our codes
DIGITS_MAX = 1_250
INFLATED_MAX = 2_048  # octets
_WINDOW = -13  # raw; 8 KB hold the dictionary and all output, so no distance is lost, and less memory has to be made ready
# No re.IGNORECASE: it would let U+212A and U+017F pass for k and s.
_START = re.compile(r"[Hh][Tt][Tt][Pp][Ss]://([A-Za-z0-9][A-Za-z0-9.-]{0,59}(?::[0-9]{1,5})?)").fullmatch
# The zeros of Unicode's decimal digits (Nd) as of version 14.0, each followed by its nine others: every language has its own version.
_ZEROS = (
    "0030 0660 06F0 07C0 0966 09E6 0A66 0AE6 0B66 0BE6 0C66 0CE6 0D66 0DE6 0E50 0ED0 0F20 1040 1090 17E0 1810 1946 19D0 1A80 1A90 "
    "1B50 1BB0 1C40 1C50 A620 A8D0 A900 A9D0 A9F0 AA50 ABF0 FF10 104A0 10D30 11066 110F0 11136 111D0 112F0 11450 114D0 11650 116C0 "
    "11730 118E0 11950 11C50 11D50 11DA0 16A60 16AC0 16B50 1D7CE 1D7D8 1D7E2 1D7EC 1D7F6 1E140 1E2F0 1E950 1FBF0"
)
_DECIMALS = frozenset(chr(int(zero, 16) + more) for zero in _ZEROS.split() for more in range(10))
_NOT_A_PATH = re.compile(r"[/?#\x00-\x20]").search
_BLANK = [((1 << 8 * size) - 1) // 255 for size in range(DIGITS_MAX)]  # the first number of each size
_NUMBER_END = 10**DIGITS_MAX


class Parts(NamedTuple):
    """A text taken apart. `host` is lower-case; `version` is "" where the path is not digits 0–9 only, and damaged therefore."""

    host: str
    version: str
    digits: str


def write(message: Sign1, host: str) -> str:
    """Return the text of a seal at `host` (letters become upper-case: the QR's alphanumeric mode has no others)."""
    return f"https://{host.upper()}/{VERSION}{to_digits(message)}"


def parse(text: str) -> Parts:
    """Take a text apart. Raises FormatError `not_a_seal` for what has not our shape; whether the digits are sound, `from_digits` says.

    A path that begins with a digit of any script is ours: one written in Arabic-Indic digits is damaged, not somebody else's.
    """
    start, _, path = text[: TEXT_MAX + 1].rpartition("/")
    host = host_of(start)
    if host is None or path[:1] not in _DECIMALS:
        raise FormatError("not_a_seal")
    if path.isascii() and path.encode().isdigit():  # as bytes it takes a fifth of the time of str.isdigit
        return Parts(host, path[0], path[1:])
    if _NOT_A_PATH(path):
        raise FormatError("not_a_seal")
    return Parts(host, "", path)


@lru_cache(maxsize=64)
def host_of(start: str) -> str | None:
    """Return the host, lower-case, of `https://HOST`; None for anything else."""
    match = _START(start)
    return match[1].lower() if match else None


def ours(text: str) -> bool:
    """Say whether `text` has the form of a seal, under whatever host. A promise of nothing: only a verdict says more."""
    try:
        return len(parse(text).digits) >= DIGITS_MIN
    except FormatError:
        return False


@cache
def dictionary(version: str) -> bytes:
    """Return the preset dictionary of a version digit. Frozen for ever once a code is printed. Raises UnknownVersionError."""
    try:
        return files(__package__).joinpath(f"data/dictionary-{version}.bin").read_bytes()
    except FileNotFoundError as error:
        raise UnknownVersionError("version_unknown", version) from error


def to_digits(message: Sign1) -> str:
    """Return the digits that carry `message`, without host and version digit.

    Raises FormatError `too_long` where no reader would take them.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_FIXED, dictionary(VERSION))
    folded = fold.fold(message.protected, message.payload)
    octets = message.signature + packer.compress(folded) + packer.flush()
    if len(folded) > INFLATED_MAX or len(octets) >= DIGITS_MAX or (number := to_number(octets)) >= _NUMBER_END:
        raise FormatError("too_long", f"{len(octets)} octets")
    return str(number)


def from_digits(digits: str, version: str = VERSION) -> Sign1:
    """Return the token inside `digits`. Raises what `unpack` raises."""
    if not (digits.isascii() and digits.isdigit()):
        raise FormatError("damaged", "digits")
    return unpack(digits, version)[0]


def unpack(digits: str, version: str = VERSION) -> tuple[Sign1, Usual | None]:
    """Return the token inside `digits`, as `parse` gave them, and what varies in it if it has the usual shape.

    Raises FormatError `damaged`, `too_long`, `inflates_too_far` or `unused_input`; UnknownVersionError.
    """
    if len(digits) > DIGITS_MAX:
        raise FormatError("too_long", str(len(digits)))
    if len(digits) < DIGITS_MIN or digits[0] == "0" or not version:
        raise FormatError("damaged", "digits")
    preset = dictionary(version)
    try:
        octets = from_number(int(digits))
    except ValueError as error:
        raise FormatError("damaged", "digits") from error
    protected, payload, usual = fold.unfold(_inflate(octets[SIGNATURE_BYTES:], preset))
    return Sign1(protected, payload, octets[:SIGNATURE_BYTES]), usual


def _inflate(packed: bytes, preset: bytes) -> bytes:
    """Inflate within bounds: the output limit holds before the output exists."""
    unpacker = zlib.decompressobj(_WINDOW, preset)
    try:
        octets = unpacker.decompress(packed, INFLATED_MAX)
    except zlib.error as error:
        raise FormatError("damaged", "DEFLATE") from error
    if unpacker.unconsumed_tail or (not unpacker.eof and len(octets) == INFLATED_MAX):
        raise FormatError("inflates_too_far")
    if not unpacker.eof:
        raise FormatError("damaged", "DEFLATE ends early")
    if unpacker.unused_data:
        raise FormatError("unused_input", str(len(unpacker.unused_data)))
    return octets


def to_number(octets: bytes) -> int:
    """Return `octets` as a number in bijective base 256: leading zero octets survive, and nothing is added to keep them."""
    return int.from_bytes(octets, "big") + _BLANK[len(octets)]


def from_number(number: int) -> bytes:
    """Return the octets that `number` stands for (the inverse of `to_number`)."""
    size = (number.bit_length() + 7) // 8
    if number < _BLANK[size]:
        size -= 1
    return (number - _BLANK[size]).to_bytes(size, "big")
