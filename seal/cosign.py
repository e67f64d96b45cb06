"""COSE_Sign (RFC 9052 §4.1): one payload, signed by several, each with a key of theirs. What the root signs (docs/format.md §21).

A message to which signatures are still to be added has the same form as one that has enough; whether they are enough, `roots` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import cbor, cose
from .errors import FormatError

TAG = b"\xd8\x62"  # tag 98, COSE_Sign
ESP256, ML_DSA_44 = cose.ESP256, -48  # RFC 9864 §2.1, RFC 9964
SIGNATURES_MOST = 40  # nine before and nine after a handover, two signatures each, and some to spare
_SIGNATURE_MOST = 4096  # octets of one; what an algorithm that nobody here knows may need
_CONTEXT = b"\x85\x69Signature"  # RFC 9052 §4.4


class Signature(NamedTuple):
    """One COSE_Signature whose unprotected header is empty: its protected header as octets, and the signature."""

    protected: bytes
    signature: bytes


class Signed(NamedTuple):
    """The parts of a COSE_Sign whose unprotected header is empty. Nothing in it is verified."""

    protected: bytes
    payload: bytes
    signatures: tuple[Signature, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the tagged message, as any COSE library takes it."""
        held = (b"\x83" + cbor.bstr(each.protected) + b"\xa0" + cbor.bstr(each.signature) for each in self.signatures)
        body = (cbor.bstr(self.protected), b"\xa0", cbor.bstr(self.payload), cbor.head(4, len(self.signatures)))
        return b"".join((TAG, b"\x84", *body, *held))

    def message(self, alg: int, kid: bytes) -> bytes:
        """Return the Sig_structure of RFC 9052 §4.4: what a key signs."""
        parts = (self.protected, cose.protected(kid, None, alg), b"", self.payload)
        return _CONTEXT + b"".join(map(cbor.bstr, parts))

    def of(self, alg: int, kid: bytes) -> Iterator[bytes]:
        """Return the signatures that say they were made by a key."""
        wanted = cose.protected(kid, None, alg)
        return (each.signature for each in self.signatures if each.protected == wanted)

    def added(self, alg: int, kid: bytes, signature: bytes) -> Signed:
        """Return the message with one more signature, in the place of what the same key signed before. Raises FormatError if it is full."""
        header = cose.protected(kid, None, alg)
        others = tuple(each for each in self.signatures if each.protected != header)
        if len(others) >= SIGNATURES_MOST:
            raise FormatError("damaged", "too many signatures")
        return self._replace(signatures=(*others, Signature(header, signature)))


def begin(typ: str, payload: bytes) -> Signed:
    """Return a message that nobody has signed yet."""
    return Signed(cbor.encode({cose.TYP: typ}), payload)


def from_bytes(data: bytes, typ: str) -> Signed:
    """Take a tagged COSE_Sign of a `typ` (RFC 9596) apart. Raises FormatError `damaged`, `not_deterministic`, `wrong_type`.

    Nothing is decoded but the heads: octets of a stranger cost no more than a look.
    """
    signed = _apart(data)
    if signed.protected != cbor.encode({cose.TYP: typ}):
        raise FormatError("wrong_type", "protected header")
    return signed


def payload_of(data: bytes) -> bytes:
    """Return the payload of a tagged COSE_Sign of whatever type; nothing is verified. Raises FormatError."""
    return _apart(data).payload


def _apart(data: bytes) -> Signed:
    if not data.startswith(TAG):
        raise FormatError("wrong_type", "COSE_Sign")
    envelope = cose.Envelope(data, len(TAG))
    envelope.expect(0x84)
    protected = envelope.octets()
    envelope.expect(0xA0)  # unprotected headers are empty
    payload = envelope.octets()
    signatures = tuple(_signature(envelope) for _ in range(envelope.count(SIGNATURES_MOST)))
    if not envelope.shortest or envelope.place != len(data):
        raise FormatError("not_deterministic", "COSE_Sign")
    return Signed(protected, payload, signatures)


def _signature(envelope: cose.Envelope) -> Signature:
    envelope.expect(0x83)
    protected = envelope.octets()
    envelope.expect(0xA0)
    signature = envelope.octets()
    if len(protected) > cose.PROTECTED_MAX or len(signature) > _SIGNATURE_MOST:
        raise FormatError("damaged", "COSE_Signature")
    return Signature(protected, signature)
