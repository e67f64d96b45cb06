"""COSE_Sign1 with ECDSA on P-256 (RFC 9052 §4.2, RFC 9053 §2.1), the one signed structure of Khatm.

Lists and seals of version 1 say alg -7, which does not pin the curve; the trust list does (docs/adr/0002-es256.md). Seals of version 2 and
what devices sign say -9 (RFC 9864: ESP256, the same signature, the curve pinned) and have one form only: s in the lower half.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from . import cbor
from .errors import FormatError, SignatureError

ALG, KID, TYP = 1, 4, 16  # RFC 9052 §3.1, RFC 9596
ES256 = -7
ESP256 = -9  # RFC 9864 §2.1
START_ESP256 = b"\xa2\x01\x28\x04"  # of the protected header {1: -9, 4: kid}
SIGNATURE_BYTES = 64
TAG = b"\xd2"  # tag 18, COSE_Sign1
_PREHASHED = ec.ECDSA(Prehashed(SHA256()))
_COPIED_MAX = 1 << 16  # octets of a payload that are copied to be hashed; a file of megabytes, perhaps a stranger's, is not
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2 §2.4.2)
_HALF = (_ORDER // 2).to_bytes(32, "big")
_BYTE_STRING, _ARRAY, _LONGEST_HEAD = 2, 4, 27  # RFC 8949 §3
_LEAST = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}  # what a head with 1, 2, 4 or 8 octets after it is needed for
_USUAL_START, _SIGNATURE_HEAD = TAG + b"\x84", b"\x58\x40"
_USUAL_MIN = 128  # octets: no head lies beyond
PROTECTED_MAX = 256  # octets; an alg, a kid of one or two octets, a typ
_CONTEXT, _NO_DATA = b"\x84\x6aSignature1", b"\x40"  # RFC 9052 §4.4; no external data

#: Takes the bytes of a Sig_structure, returns r || s, 64 bytes. Custody of the key is the caller's.
Signer = Callable[[bytes], bytes]


class Sign1(NamedTuple):
    """The parts of a COSE_Sign1 whose unprotected header is empty. Nothing in it is verified."""

    protected: bytes
    payload: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        """Return the tagged message, as any COSE library takes it."""
        return b"".join(
            (TAG, b"\x84", cbor.bstr(self.protected), b"\xa0", cbor.bstr(self.payload), cbor.bstr(self.signature)),
        )

    def signed(self) -> bytes:
        """Return the Sig_structure of RFC 9052 §4.4: what the signature is made over."""
        return _signed(self.protected, self.payload)

    def digest(self) -> bytes:
        """Return SHA-256 of the Sig_structure, of a large payload made without a second copy."""
        protected_header, payload, _ = self
        if len(payload) <= _COPIED_MAX:
            return sha256(_signed(protected_header, payload)).digest()
        hashed = sha256(_before_payload(protected_header, len(payload)))
        hashed.update(payload)
        return hashed.digest()


def _before_payload(protected_header: bytes, size: int) -> bytes:
    return _CONTEXT + cbor.bstr(protected_header) + _NO_DATA + cbor.head(2, size)


def _signed(protected_header: bytes, payload: bytes) -> bytes:
    size, header_size = len(payload), len(protected_header)
    if size < cbor.FEW and header_size < cbor.FEW:  # as nearly all, with heads that are ready
        return b"".join((_CONTEXT, cbor.BSTR[header_size], protected_header, _NO_DATA, cbor.BSTR[size], payload))
    return _before_payload(protected_header, size) + payload


@lru_cache(maxsize=256)  # one key signs many
def protected(kid: bytes, typ: str | None = None, alg: int = ES256) -> bytes:
    """Return the protected header {1: alg, 4: kid} and, for every signed object but a seal, 16: typ."""
    headers: dict[int, object] = {ALG: alg, KID: kid}
    if typ is not None:
        headers[TYP] = typ
    return cbor.encode(headers)


def from_bytes(data: bytes) -> Sign1:
    """Take a tagged or untagged COSE_Sign1 apart. Raises FormatError `damaged`, `not_deterministic`.

    Nothing is decoded but the four heads: octets of a stranger, who may have put a million arrays into each other, cost only a look.
    """
    return _usual(data) or _at_length(data)


def _usual(data: bytes) -> Sign1 | None:
    """Return a message that has the tag and heads of the usual sizes, as nearly all have; None where the long way has to decide."""
    if len(data) < _USUAL_MIN or not data.startswith(_USUAL_START) or not 0x40 <= data[2] <= 0x57:
        return None
    place = data[2] - 0x3D  # behind the protected header
    if data[place : place + 2] == b"\xa0\x58":
        size, start = data[place + 2], place + 3
    elif data[place : place + 2] == b"\xa0\x59":
        size, start = data[place + 2] << 8 | data[place + 3], place + 4
    else:
        return None
    end = start + size
    if size < (256 if start - place == 4 else 24) or data[end : end + 2] != _SIGNATURE_HEAD or len(data) != end + 2 + SIGNATURE_BYTES:
        return None
    return Sign1(data[3:place], data[start:end], data[end + 2 :])


def _at_length(data: bytes) -> Sign1:
    envelope = Envelope(data, 1 if data[:1] == TAG else 0)
    envelope.expect(0x84)
    head = envelope.octets()
    envelope.expect(0xA0)  # unprotected headers are empty
    payload, signature = envelope.octets(), envelope.octets()
    if len(signature) != SIGNATURE_BYTES:
        raise FormatError("damaged", "COSE_Sign1")
    if not envelope.shortest or envelope.place != len(data):
        raise FormatError("not_deterministic", "COSE_Sign1")
    return Sign1(head, payload, signature)


class Envelope:
    """What is still to be read of a signed message. Every reading raises FormatError `damaged`."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data, self.place, self.shortest = data, place, True

    def expect(self, octet: int) -> None:
        """Read one octet, which must be this one."""
        if self._take(1)[0] != octet:
            raise FormatError("damaged", "COSE_Sign1")

    def octets(self) -> bytes:
        """Read a byte string."""
        return self._take(self._argument(_BYTE_STRING))

    def count(self, most: int) -> int:
        """Read the head of an array of at most so many items."""
        count = self._argument(_ARRAY)
        if count > most:
            raise FormatError("damaged", "array")
        return count

    def _argument(self, wanted: int) -> int:
        major, size = divmod(self._take(1)[0], 32)
        if major != wanted or size > _LONGEST_HEAD:
            raise FormatError("damaged", "COSE")
        if size in _LEAST:
            least = _LEAST[size]
            size = int.from_bytes(self._take(1 << (size - 24)), "big")
            self.shortest &= size >= least
        return size

    def _take(self, count: int) -> bytes:
        taken = self._data[self.place : self.place + count]
        if len(taken) != count:
            raise FormatError("damaged", "COSE_Sign1")
        self.place += count
        return taken


def headers(message: Sign1) -> dict[int, Any]:
    """Return the protected header as a map. Raises FormatError."""
    if len(message.protected) > PROTECTED_MAX:
        raise FormatError("damaged", "protected header")
    value = cbor.parse(message.protected)
    if not isinstance(value, dict):
        raise FormatError("damaged", "protected header")
    return value


def sign(protected_header: bytes, payload: bytes, signer: Signer) -> Sign1:
    """Sign `payload` and return the message."""
    return Sign1(protected_header, payload, signer(_signed(protected_header, payload)))


def verify(message: Sign1, key: ec.EllipticCurvePublicKey, *, low_only: bool = False) -> None:
    """Return if the signature holds under `key` (P-256), and with `low_only` if it has its one form. Raises SignatureError."""
    protected_header, payload, signature = message
    r, s = signature[:32], signature[32:]
    if low_only and s > _HALF:
        raise SignatureError("signature_invalid")
    # hashlib's own is a microsecond cheaper
    digest = sha256(_signed(protected_header, payload)).digest() if len(payload) <= _COPIED_MAX else message.digest()
    try:
        key.verify(_der(r, s), digest, _PREHASHED)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("signature_invalid") from error


def holds(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Say whether a signature r || s, 64 octets, holds over a message under `key` (P-256)."""
    try:
        key.verify(_der(signature[:32], signature[32:]), sha256(message).digest(), _PREHASHED)
    except (InvalidSignature, ValueError):
        return False
    return True


def _der(r: bytes, s: bytes) -> bytes:
    """Return r and s as the DER that the library takes (RFC 3279 §2.2.3); where both fill their octets, without making numbers of them."""
    if (first := r[0]) and (second := s[0]):
        before, between = _DER[first >> 7][second >> 7]
        return b"".join((before, r, between, s))
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def _frame(r_high: int, s_high: int) -> tuple[bytes, bytes]:
    """Return what stands before r and before s in DER; a number whose first bit is set has a zero before it."""
    size = 68 + r_high + s_high
    return bytes((0x30, size)) + _INTEGER[r_high], _INTEGER[s_high]


_INTEGER = b"\2\x20", b"\2\x21\0"
_DER = [[_frame(r_high, s_high) for s_high in (0, 1)] for r_high in (0, 1)]


def open_typed(data: bytes, typ: str, key_for: Callable[[bytes], ec.EllipticCurvePublicKey], alg: int = ES256) -> Any:
    """Verify a signed object that carries `typ` (RFC 9596) and return its payload, decoded.

    `key_for(kid)` returns the key that may sign it, or raises. Raises FormatError (another object's `typ` is `wrong_type`) or
    SignatureError (`signature_high` under ESP256 for the other form of a signature).
    """
    message = from_bytes(data)
    match headers(message):
        case {1: int(), 4: bytes() as kid, 16: str() as found} if message.protected == protected(kid, found, alg):
            if found != typ:
                raise FormatError("wrong_type", found[:80])
            if alg == ESP256 and is_high(message.signature):
                raise SignatureError("signature_high")
            verify(message, key_for(kid))
            return cbor.parse(message.payload)
        case _:
            raise FormatError("wrong_type", "protected header")


def low(signature: bytes) -> bytes:
    """Return the form of a signature r || s whose s is in the lower half: with n - s in its place the same key vouches for the same."""
    if signature[32:] <= _HALF:
        return signature
    return signature[:32] + ((_ORDER - int.from_bytes(signature[32:], "big")) % (1 << 256)).to_bytes(32, "big")


def is_high(signature: bytes) -> bool:
    """Say whether s of a signature r || s is in the upper half."""
    return signature[32:] > _HALF


def low_signer(signer: Signer) -> Signer:
    """Return a signer whose signatures have the one form that ESP256 allows here."""
    return lambda data: low(signer(data))


def private_signer(key: ec.EllipticCurvePrivateKey) -> Signer:
    """Return a signer over a key in memory. Deterministic (RFC 6979), so that test vectors repeat."""
    algorithm = ec.ECDSA(SHA256(), deterministic_signing=True)

    def signer(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, algorithm))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return signer
