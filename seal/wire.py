"""The text in the QR code and the token inside it: each a reversible form of the other (docs/format.md §4).

text   = "https://" HOST "/" version-digit digits
digits = version 1: the wire, octets read as a number in bijective base 256 (no octet string shares its number with another)
         version 2: body * 2^512 + signature
wire   = signature (64 octets) raw-DEFLATE(fold(protected header, payload))
body   = what the layout makes of kid, claims and host, or, with a flag in front, raw-DEFLATE(fold(protected header, payload))
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import NamedTuple

from . import claims, cose, fold, laying, layout, packed
from .claims import Claims
from .cose import SIGNATURE_BYTES, Sign1
from .errors import FormatError
from .inflate import INFLATED_MAX, WINDOW, bounded
from .layout import Laid
from .radix import pushed, stream
from .tables import dictionary

#: The algorithm of the tokens of each version digit.
ALGORITHMS = {"1": cose.ES256, "2": cose.ESP256}
TEXT_MAX = 1_400  # characters
DIGITS_MIN = 160  # a signature alone has 154: fewer is not one of our codes
DIGITS_MAX = 1_250
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
_SIGNATURE_BITS = 8 * SIGNATURE_BYTES
_SIGNATURE_MASK = (1 << _SIGNATURE_BITS) - 1


class Parts(NamedTuple):
    """A text taken apart. `host` is lower-case; `version` is "" where the path is not digits 0–9 only, and damaged therefore."""

    host: str
    version: str
    digits: str


class Unpacked(NamedTuple):
    """The token in a text, its version digit, and its claims where a short way gave them; `Laid` are to be looked at yet."""

    message: Sign1
    version: str
    apart: Claims | Laid | None


def write(message: Sign1, host: str) -> str:
    """Return the text of a seal at `host` (letters become upper-case: the QR's alphanumeric mode has no others).

    The version is the token's own, so that what was printed once is printed the same again. Raises FormatError `too_long` where no reader
    would take the digits.
    """
    version = version_of(message)
    digits = to_digits(message) if version == "1" else str(_held_within(_packed(message, host.lower())))
    return f"https://{host.upper()}/{version}{digits}"


def version_of(message: Sign1) -> str:
    """Return the version digit of a token: its header says which algorithm it has, and each version has one."""
    return "2" if message.protected.startswith(cose.START_ESP256) else "1"


def token(text: str) -> Sign1:
    """Return the token in the text of a seal, of whatever version. Raises FormatError; nothing in it is verified."""
    return unpack(parse(text)).message


def parse(text: str) -> Parts:
    """Take a text apart. Raises FormatError `not_a_seal` for what has not our shape; whether the digits are sound, `from_digits` says.

    A path that begins with a digit of any script is ours: one written in Arabic-Indic digits is damaged, not somebody else's.
    """
    start, _, path = (text if len(text) <= TEXT_MAX else text[: TEXT_MAX + 1]).rpartition("/")
    host = host_of(start)
    if host is None:
        raise FormatError("not_a_seal")
    if path.isascii() and path.encode().isdigit():  # as bytes it takes a fifth of the time of str.isdigit
        return tuple.__new__(Parts, (host, path[0], path[1:]))  # as Parts(…), at half of its cost
    if path[:1] not in _DECIMALS or _NOT_A_PATH(path):
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


def to_digits(message: Sign1) -> str:
    """Return the digits that carry `message` in version 1, without host and version digit.

    Raises FormatError `too_long` where no reader would take them.
    """
    octets = message.signature + _deflated(fold.fold(message.protected, message.payload), "1")
    if len(octets) >= DIGITS_MAX:
        raise FormatError("too_long", f"{len(octets)} octets")
    return str(_held_within(to_number(octets)))


def _held_within(number: int) -> int:
    if number >= _NUMBER_END:
        raise FormatError("too_long", f"{number.bit_length()} bits")
    return number


def _deflated(folded: bytes, version: str) -> bytes:
    if len(folded) > INFLATED_MAX:
        raise FormatError("too_long", f"{len(folded)} octets")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_FIXED, dictionary(version))
    return packer.compress(folded) + packer.flush()


def _packed(message: Sign1, host: str) -> int:
    """Return the number that carries a token in version 2: by the layout where that gives the same token back, else by the fold."""
    body = _laid_out(message, host)
    if body is None:
        stream = _deflated(fold.fold(message.protected, message.payload, cose.ESP256), "2")
        top = 1 << 8 * len(stream) | int.from_bytes(stream, "little")
        body = pushed(laying.flags_fields(layout.FOLDED), top)
    return body << _SIGNATURE_BITS | int.from_bytes(message.signature, "big")


def _laid_out(message: Sign1, host: str) -> int | None:
    kid = message.protected[len(cose.START_ESP256) + 1 :]
    if not 1 <= len(kid) <= 2 or message.protected != cose.protected(kid, alg=cose.ESP256):
        return None
    try:
        body = laying.write(kid, claims.from_bytes(message.payload, "2"), host)
        return body if body is not None and _opened(body, host)[:2] == message[:2] else None
    except FormatError:
        return None  # a token that no reader accepts has its text all the same


def from_digits(digits: str, version: str = "1", host: str = "") -> Sign1:
    """Return the token inside `digits`. Raises what `unpack` raises."""
    if not (digits.isascii() and digits.isdigit()):
        raise FormatError("damaged", "digits")
    return unpack(Parts(host, version, digits)).message


def unpack(parts: Parts) -> Unpacked:
    """Return the token inside a text that `parse` took apart. Raises what `opened` raises."""
    return Unpacked(*opened(parts))


def opened(parts: Parts) -> tuple[Sign1, str, Claims | Laid | None]:
    """Return what `unpack` returns, as a verdict looks at it once.

    Raises FormatError `damaged`, `too_long`, `inflates_too_far` or `unused_input`; UnknownVersionError.
    """
    host, version, digits = parts
    if len(digits) > DIGITS_MAX:
        raise FormatError("too_long", str(len(digits)))
    if len(digits) < DIGITS_MIN or digits[0] == "0" or not version:
        raise FormatError("damaged", "digits")
    try:
        number = int(digits)
    except ValueError as error:
        raise FormatError("damaged", "digits") from error
    if version == "2":
        body, signature = number >> _SIGNATURE_BITS, (number & _SIGNATURE_MASK).to_bytes(SIGNATURE_BYTES, "big")
        protected, payload, held = _opened(body, host) if body & 1 else layout.read(body >> 1, 0, host)
        return tuple.__new__(Sign1, (protected, payload, signature)), version, held  # as Sign1(…), at half of its cost
    octets = from_number(number)
    folded = _inflated(octets[SIGNATURE_BYTES:], dictionary(version))
    protected, payload, held = packed.opened(folded) or (*fold.unfold(folded), None)
    return tuple.__new__(Sign1, (protected, payload, octets[:SIGNATURE_BYTES])), version, held


def _opened(body: int, host: str) -> tuple[bytes, bytes, Claims | Laid | None]:
    """Return protected header and payload that a body of version 2 stands for, and those taken apart if it has the layout."""
    if not body & 1:
        return layout.read(body >> 1, 0, host)
    flags, number = body >> 1 & 0xFF, body >> 9
    if flags == layout.FOLDED:
        return *fold.unfold(_inflated(stream(number), dictionary("2")), cose.ESP256), None
    if flags >= 2 * layout.OTHER_YEAR:
        raise FormatError("damaged", "flags")
    return layout.read(number, flags, host)


def _inflated(octets: bytes, preset: bytes) -> bytes:
    return bounded(zlib.decompressobj(WINDOW, preset), octets)


def to_number(octets: bytes) -> int:
    """Return `octets` as a number in bijective base 256: leading zero octets survive, and nothing is added to keep them."""
    return int.from_bytes(octets, "big") + _BLANK[len(octets)]


def from_number(number: int) -> bytes:
    """Return the octets that `number` stands for (the inverse of `to_number`)."""
    size = (number.bit_length() + 7) // 8
    if number < _BLANK[size]:
        size -= 1
    return (number - _BLANK[size]).to_bytes(size, "big")
