"""Status lists: a Token Status List as CWT, signed by a key with the role `status` (docs/format.md §7).

The bits of an entry: 0 valid, 1 invalid (revoked, or never issued), 2 suspended, 3 superseded (application-specific).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from . import cbor, cose
from .errors import FormatError, ListError, SignatureError
from .trust import FRESH_SECONDS, TrustList, of_role

TYP = "application/statuslist+cwt"
SUB, IAT, EXP, TTL, STATUS_LIST = 2, 6, 4, 65534, 65533  # Token Status List, CWT claims
TRUST_SEQUENCE = -65538  # private: the trust list that was in force when this was signed
SEQUENCE = -65539  # private: the number of this list; whoever publishes never gives one twice, and each is higher than those before
VALID, INVALID, SUSPENDED, SUPERSEDED = range(4)
BITS = 2
ENTRIES = 65_536
ENTRIES_MAX = 1 << 20
STALE_SECONDS = 7 * FRESH_SECONDS
TTL_SECONDS = 3600


class StatusList(NamedTuple):
    """A verified status list. Times are seconds since 1970 UTC; `octets` holds the entries, lowest bits first.

    `sequence` is its number, 0 for a list from before they had one. Of a list that was read, `kid` says who signed it, and `digest` is the
    SHA-256 of what was signed.
    """

    uri: str
    iat: int
    exp: int
    bits: int
    octets: bytes
    trust_sequence: int
    sequence: int = 0
    kid: bytes = b""
    digest: bytes = b""

    def __len__(self) -> int:
        """Return how many entries the list has."""
        return len(self.octets) * (8 // self.bits)

    def at(self, index: int) -> int | None:
        """Return the status at `index`, None past the end."""
        if self.bits == BITS and index >> 2 < len(self.octets):  # ours, without divisions
            return self.octets[index >> 2] >> ((index & 3) << 1) & 3
        per_octet = 8 // self.bits
        place, position = divmod(index, per_octet)
        if place >= len(self.octets):
            return None
        return self.octets[place] >> (position * self.bits) & (1 << self.bits) - 1


class StatusLists(NamedTuple):
    """The status lists that a verifier has at hand, all verified; `withheld`: why one is not that could be, a code by its uri."""

    lists: Mapping[str, StatusList]
    confirmed: tuple[int, int] = (0, 0)  # (trust sequence, the newest iat that named it)
    newest: int = 0  # when the newest list was signed, 0 without any
    attested: int = 0  # so late it is at the least, by two independent signers (dating.py)
    dated: int = 0  # so late it is by any signer's word
    ahead: frozenset[str] = frozenset()  # uris whose list is not there yet, and none of before is at hand
    withheld: Mapping[str, str] = {}


NONE = StatusLists({})


def collect(lists: list[StatusList], withheld: Mapping[str, str] | None = None) -> StatusLists:
    """Return the lists as one object; of two with the same uri the one with the higher number counts, without numbers the newer."""
    newest: dict[str, StatusList] = {}
    for entry in sorted(lists, key=lambda entry: (entry.sequence, entry.iat)):
        newest[entry.uri] = entry
    confirmed = max(((entry.trust_sequence, entry.iat) for entry in newest.values()), default=(0, 0))
    missing = {uri: code for uri, code in (withheld or {}).items() if uri not in newest}
    return StatusLists(newest, confirmed, max((entry.iat for entry in newest.values()), default=0), withheld=missing)


def pack(statuses: bytes | bytearray) -> bytes:
    """Return 2-bit entries, given one octet each, four to an octet."""
    padded = bytes(statuses) + bytes(-len(statuses) % 4)
    return bytes(a | b << 2 | c << 4 | d << 6 for a, b, c, d in zip(*[iter(padded)] * 4, strict=True))


def sign(entry: StatusList, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the status list as a signed CWT."""
    payload = {
        SUB: entry.uri,
        IAT: entry.iat,
        EXP: entry.exp,
        TTL: TTL_SECONDS,
        STATUS_LIST: {"bits": entry.bits, "lst": zlib.compress(entry.octets, 9)},
        TRUST_SEQUENCE: entry.trust_sequence,
        **({SEQUENCE: entry.sequence} if entry.sequence else {}),
    }
    return cose.sign(cose.protected(kid, TYP), cbor.encode(payload), signer).to_bytes()


def verify(data: bytes, *, trust: TrustList) -> StatusList:
    """Return the status list in `data`, signed by a key that `trust` gives the role `status`.

    Whether it is fresh is for the verdict to say. Raises ListError `status_list_corrupt` or `status_list_wrong_key`.
    """
    try:
        payload = cose.open_typed(data, TYP, lambda kid: status_key(trust, kid))
        message = cose.from_bytes(data)
        return _parse(payload, cose.headers(message)[cose.KID], sha256(message.payload).digest())
    except SignatureError as error:
        raise ListError("status_list_wrong_key", str(error)) from error
    except (FormatError, LookupError, TypeError, ValueError, zlib.error) as error:
        raise ListError("status_list_corrupt", str(error)) from error


def status_key(trust: TrustList, kid: bytes) -> ec.EllipticCurvePublicKey:
    """Return the status key `kid`. Raises SignatureError where the trust list knows none."""
    key = of_role(trust.keys.values(), "status").get(kid)
    if key is None:
        raise SignatureError("status_list_wrong_key", "kid")
    return key.public_key


def _parse(payload: Any, kid: bytes, digest: bytes) -> StatusList:
    if type(payload) is not dict:
        raise FormatError("damaged", "status list")
    held = {key: value for key, value in payload.items() if type(key) is int}  # 2.0 equals 2 in Python, not in CBOR
    inner = held[STATUS_LIST]
    uri, iat, exp, bits = held[SUB], held[IAT], held[EXP], inner["bits"]
    trust_sequence, sequence = held.get(TRUST_SEQUENCE, 0), held.get(SEQUENCE, 0)
    if type(uri) is not str or not all(map(_is_uint, (iat, exp, bits, trust_sequence, sequence))) or bits not in (1, 2, 4, 8):
        raise FormatError("damaged", "status list")
    return StatusList(uri, iat, exp, bits, _inflate(inner["lst"]), trust_sequence, sequence, kid, digest)


def _is_uint(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def _inflate(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    octets = unpacker.decompress(packed, ENTRIES_MAX)
    if not unpacker.eof or unpacker.unused_data or unpacker.unconsumed_tail:
        raise FormatError("damaged", "status list")
    return octets
