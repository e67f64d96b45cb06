"""The fold: a reversible rearrangement of a token that DEFLATE packs well (docs/format.md §4.3).

    folded = *(text 0x0A) 0x00 rest

Texts: UTF-8 spends two octets on every Arabic letter, so the texts at the end of the payload travel one octet a letter. A text with a
character outside the alphabet stays in the payload, and so do all texts before it.

Rest: either `plain`, the protected header as a byte string and what is left of the payload; or `packed`, when both have the usual shape of
a license: then only what varies travels, in fixed places, and the constant octets between are put back on reading. The first octet tells
the two apart (a byte string begins at 0x40). Every token can be folded, whether or not it is a seal; the signature travels outside.
"""

from __future__ import annotations

import codecs
import re
import struct

from . import cbor, cose
from .errors import FormatError

# DEFLATE's fixed code gives octets below 0x90 eight bits and the rest nine: the 36 letters, the Arabic comma and the
# Arabic-Indic digits take the places that ASCII control characters leave free, and 0x80–0x8F.
_FREQUENT = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي،٠١٢٣٤٥٦٧٨٩"
_SELDOM = "ًٌٍَُِّْٰٓٔٱپچژڤڨکگی؛؟٪٫٬٭ـ«»–—‘’“”…°²½¼·×®àáâäçèéêëìíîïñòóôöùúûüÿÀÁÂÄÇÈÉÊËÌÍÎÏÑÒÓÔÖÙÚÛÜŸßœŒ۰۱۲۳۴۵۶۷۸۹ۀےٹڈڑں"
_END, _STOP = 0x0A, 0x00


def _alphabet() -> str:
    free = [octet for octet in (*range(0x20), 0x7F, *range(0x80, 0x90)) if octet not in (_END, _STOP)]
    table = [chr(octet) if 0x20 <= octet < 0x7F else "\ufffe" for octet in range(256)]
    for octet, letter in zip(free, _FREQUENT, strict=True):
        table[octet] = letter
    for octet, letter in zip(range(0x90, 0x100), _SELDOM, strict=False):
        table[octet] = letter
    return "".join(table)


#: 256 characters, one per octet; U+FFFE where an octet stands for nothing.
ALPHABET = _alphabet()
DECODING = ALPHABET[:_END] + "\n" + ALPHABET[_END + 1 :]  # the end of a text; never a character inside one
_ENCODING = codecs.charmap_build(ALPHABET)


# Flags of the packed form, its first octet.
EXP, _LONG_KID, _EDITION = 1, 2, 4
_PROTECTED = {cose.ES256: b"\xa2\x01\x26\x04", cose.ESP256: b"\xa2\x01\x28\x04"}  # {1: alg, 4: …
_LOCATION, _LONGITUDE = b"\x19\x01\x08\xa2\x01\xfa", b"\x02\xfa"
_STATUS, _URI = b"\x19\xff\xff\xa1\x6bstatus_list\xa2\x63idx\x19", b"\x63uri"
_PACKINGS = range(8)  # every set of flags


def _layout(flags: int, number: str, degrees: str, index: str) -> struct.Struct:
    """Return the places of kid, exp, nbf, iat, cti, latitude, longitude, idx and iss, with these codes for the numbers."""
    kid, exp, cti = "2s" if flags & _LONG_KID else "s", number if flags & EXP else "", "5s" if flags & _EDITION else "4s"
    return struct.Struct(f">x{kid}{exp}{number}{number}{cti}{degrees}{degrees}{index}3s")


def _payload(flags: int) -> bytes:
    """Return the start of the payload with %b where iss, exp, nbf, iat, cti, latitude, longitude and idx go."""
    start = b"\xa8\x01\x63%b\x04\x1a%b" if flags & EXP else b"\xa7\x01\x63%b"
    cti = b"\x07\x45%b" if flags & _EDITION else b"\x07\x44%b"
    return start + b"\x05\x1a%b\x06\x1a%b" + cti + _LOCATION + b"%b" + _LONGITUDE + b"%b" + _STATUS + b"%b" + _URI


_HEADERS = {alg: [start + (b"\x42" if flags & _LONG_KID else b"\x41") for flags in _PACKINGS] for alg, start in _PROTECTED.items()}
#: By the flags: where kid, exp (if there is one), nbf, iat, cti, latitude, longitude, idx and iss stand, as values (times in seconds since
#: 1970 UTC, positions in degrees) and as octets; then the header up to the kid under ES256, and the start of the payload. Behind all these
#: is the tail, the payload from the list's uri to the details.
PACKED = [
    (_layout(flags, "I", "f", "H"), _layout(flags, "4s", "4s", "2s"), _HEADERS[cose.ES256][flags], _payload(flags)) for flags in _PACKINGS
]
_USUAL_HEADER = {alg: re.compile(re.escape(start) + rb"(?:\x41(.)|\x42(..))", re.DOTALL).fullmatch for alg, start in _PROTECTED.items()}
_USUAL_PAYLOAD = re.compile(
    rb"(?:\xa8\x01\x63(?P<iss>...)\x04\x1a(?P<exp>....)|\xa7\x01\x63(?P<open>...))\x05\x1a(?P<nbf>....)\x06\x1a(?P<iat>....)"
    rb"\x07(?:\x44(?P<cti>....)|\x45(?P<cti5>.....))"
    + re.escape(_LOCATION) + b"(?P<lat>....)" + _LONGITUDE + b"(?P<lon>....)" + re.escape(_STATUS) + b"(?P<idx>..)" + _URI,
    re.DOTALL,
).match  # fmt: skip


def fold(protected: bytes, payload: bytes, alg: int = cose.ES256) -> bytes:
    """Return the folded form of a token's protected header and payload, in a version whose headers usually have `alg`."""
    rest, texts = payload, []
    for text in reversed(_text_tail(payload)):
        item = cbor.tstr(text.encode())
        try:
            octets, _ = codecs.charmap_encode(text, "strict", _ENCODING)
        except UnicodeEncodeError:
            break
        texts.append(octets + b"\n")
        rest = rest[: -len(item)]
    return b"".join((*reversed(texts), b"\0", _pack(protected, rest, alg) or cbor.head(2, len(protected)) + protected + rest))


def unfold(folded: bytes, alg: int = cose.ES256) -> tuple[bytes, bytes]:
    """Return protected header and payload; `alg` as for `fold`. Raises FormatError `damaged`."""
    texts, stop, rest = folded.partition(b"\0")
    if not stop or not rest or (texts and texts[-1] != _END):
        raise FormatError("damaged", "fold")
    try:
        letters = codecs.charmap_decode(texts, "strict", DECODING)[0][:-1]
        if (flags := rest[0]) in _PACKINGS:  # put the constant octets back around what varies
            _, pieces, _, start = PACKED[flags]
            kid, *varies, iss = pieces.unpack_from(rest)
            protected, payload = _HEADERS[alg][flags] + kid, start % (iss, *varies) + rest[pieces.size :]
        else:
            protected, payload = _plain(rest)
    except (UnicodeDecodeError, struct.error) as error:
        raise FormatError("damaged", "fold") from error
    if texts:
        payload = b"".join((payload, *[cbor.tstr(octets) for octets in letters.encode().split(b"\n")]))
    return protected, payload


def _plain(rest: bytes) -> tuple[bytes, bytes]:
    size, start = rest[0] - 0x40, 1
    if size == 24 and len(rest) > 1:
        size, start = rest[1], 2
    if size < 0 or (start == 1 and size > 23) or len(rest) < start + size:
        raise FormatError("damaged", "fold")
    return rest[start : start + size], rest[start + size :]


def _pack(protected: bytes, payload: bytes, alg: int) -> bytes | None:
    header, usual = _USUAL_HEADER[alg](protected), _USUAL_PAYLOAD(payload)
    if not header or not usual:
        return None
    kid = header[1] or header[2]
    cti = usual["cti"] or usual["cti5"]
    exp = usual["exp"] or b""
    flags = (EXP if exp else 0) | (_LONG_KID if len(kid) == 2 else 0) | (_EDITION if len(cti) == 5 else 0)
    varies = (kid, exp, usual["nbf"], usual["iat"], cti, usual["lat"], usual["lon"], usual["idx"], usual["iss"] or usual["open"])
    return b"".join((bytes((flags,)), *varies, payload[usual.end() :]))


def _text_tail(payload: bytes) -> list[str]:
    """Return the text strings with which the payload ends, if it is a map whose last value is an array."""
    try:
        value = cbor.loads(payload)
    except FormatError:
        return []
    last = list(value.values())[-1] if isinstance(value, dict) and value else None
    tail: list[str] = []
    for item in reversed(last if isinstance(last, list) else []):
        if not isinstance(item, str) or not payload.endswith(b"".join(cbor.tstr(text.encode()) for text in (item, *tail))):
            break
        tail.insert(0, item)
    return tail
