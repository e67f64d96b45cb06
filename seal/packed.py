"""The short way through a token of version 1 as nearly all are: from its folded form to header, payload and claims in one go.

Whatever is unusual goes the long way (fold.unfold, then claims.from_bytes), so there is one reader that refuses, and one list of reasons.
"""

from __future__ import annotations

import struct
from codecs import charmap_decode
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from . import cbor, claims, fold
from .claims import TIME_MIN, Claims
from .errors import FormatError
from .license import TEXT_LIMITS
from .site import Corner, Point, Site

_ACTIVITY_MAX, _TRADE_NAME_MAX, _HOLDER_MAX, _ADDRESS_MAX = TEXT_LIMITS.values()
_TERMS_START = b"\xa7\x01\x63"
_TERMS_MIDDLE = (
    bytes.fromhex("051a6a000000 061a6a000000 074400000001 190108a201fa41f9999a02fa41ef999a 19ffffa16b")
    + b"status_list\xa2\x63idx\x19\x01\x00\x63uri\x72https://a/status/1"
)
_LONG_URI = 0x78  # the head of a text of 24 to 255 octets


def opened(folded: bytes) -> tuple[bytes, bytes, Claims] | None:
    """Return protected header, payload and claims, the same as the long way does; None where that has to decide."""
    texts, _, rest = folded.partition(b"\0")
    try:
        flags = rest[0]
        places, pieces, header, template = fold.PACKED[flags]
        kid, *varies, iss_octets = pieces.unpack_from(rest)
        end = places.size
        begin = end + 2 + rest[end + 1]
        uri = _list(rest[end:begin])
        iss, type_, details, radius, footprint = _terms(iss_octets, rest[begin:])
        # The fold's alphabet holds no forbidden character.
        activity, trade_name, holder, address, left = charmap_decode(texts, "strict", fold.DECODING)[0].split("\n")
    except (FormatError, IndexError, ValueError, struct.error):
        return None
    exp = None
    if flags & fold.EXP:
        _, exp, nbf, iat, cti, latitude, longitude, idx, _ = places.unpack_from(rest)
    else:
        _, nbf, iat, cti, latitude, longitude, idx, _ = places.unpack_from(rest)
    if (
        left
        or not (nbf > 0xFFFF and iat >= TIME_MIN and (exp is None or nbf < exp))  # a smaller nbf would have a shorter head
        or idx < 256  # the two octets would be too long a head
        or not (-90 <= latitude <= 90 and -180 <= longitude <= 180)
        # Binary16 has thirteen bits less: where those are zeros, it may hold the coordinate, whose place in the payload is then not this.
        or not ((rest[end - 10] or rest[end - 11] & 0x1F) and (rest[end - 6] or rest[end - 7] & 0x1F))
        or cti[1:4] == b"\0\0\0"
        or cti[4:] == b"\0"
        or not (0 < len(activity) <= _ACTIVITY_MAX and 0 < len(trade_name) <= _TRADE_NAME_MAX)
        or not (0 < len(holder) <= _HOLDER_MAX and 0 < len(address) <= _ADDRESS_MAX)
    ):
        return None
    start, heads = template % (iss_octets, *varies), cbor.TSTR
    a, b, c, d = activity.encode(), trade_name.encode(), holder.encode(), address.encode()
    if len(d) > 255:  # the others are shorter
        return None
    payload = b"".join((start, rest[end:], heads[len(a)], a, heads[len(b)], b, heads[len(c)], c, heads[len(d)], d))
    site = tuple.__new__(Site, (tuple.__new__(Point, (latitude, longitude)), radius, footprint))
    fields = (iss, exp, nbf, iat, cti, site, idx, uri, type_, details, activity, trade_name, holder, address)
    return header + kid, payload, tuple.__new__(Claims, fields)  # as Claims(*fields), at half of its cost


class _Terms(NamedTuple):
    """What the payload says from behind the status claim to the details, and who the issuer is."""

    iss: str
    type: str
    details: Mapping[int, int]
    radius_m: int
    footprint: tuple[Corner, ...]


@lru_cache(maxsize=1024)
def _list(octets: bytes) -> str:
    """Return the address of a status list from its octets, head and all. Raises FormatError, ValueError."""
    uri = octets[2:].decode()
    if octets[0] != _LONG_URI or not 24 <= octets[1] == len(octets) - 2 or not claims.URI(uri):
        raise FormatError("damaged", "uri")
    return uri


@lru_cache(maxsize=4096)
def _terms(iss: bytes, octets: bytes) -> _Terms:
    """Read issuer and terms by the long way, with anything in between. Raises FormatError. Licenses of one authority share few terms."""
    held = claims.from_bytes(_TERMS_START + iss + _TERMS_MIDDLE + octets + b"\x61a" * 4)
    if (held.activity, held.trade_name, held.holder, held.address) != ("a", "a", "a", "a"):
        raise FormatError("damaged", "claims")  # the octets end in the head of a text that swallows what follows
    return _Terms(held.iss, held.type, held.details, held.site.radius_m, held.site.footprint)
