"""The root: a document that says whose signatures make a trust list, and how each document follows the one before (docs/format.md §21).

A holder has two keys, one on P-256 and one of ML-DSA-44, and has signed only where both did. As in TUF a document is signed by enough of
the holders that it names and by enough of those that the former names; versions follow one by one, and none is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from . import cbor, cose, cosign, ml_dsa, payloads, trust
from .cosign import ESP256, ML_DSA_44, Signed
from .errors import FormatError, ListError, SignatureError

TYP = "application/khatm-root+cose"
HOLDERS_MOST = 9
OCTETS_MOST = 1 << 16  # of a document; one of nine holders, handed over from nine others, has 60,000
COSIGNED_MOST = 2 << 20  # octets of anything else that a root signs: each holder's signature hashes all of it
STEPS_MOST = 64  # documents that are followed at once
VERSION_MOST = 0xFFFFFFFF
_KID_BYTES = 8
_CODE_DIGITS = 20
DEPLOYMENT = re.compile("[A-Z][A-Z0-9]{1,3}-[0-9a-f]{16}")


class RootKey(NamedTuple):
    """The public keys of one holder: on P-256, and of ML-DSA-44 (1,312 octets)."""

    public_key: ec.EllipticCurvePublicKey
    ml_dsa_44: bytes

    @property
    def kid(self) -> bytes:
        """What signatures name the holder by: the first 8 octets of SHA-256(x || y || ML-DSA key)."""
        return sha256(b"".join(trust.coordinates(self.public_key)) + self.ml_dsa_44).digest()[:_KID_BYTES]


class RootDocument(NamedTuple):
    """Who holds the root of a deployment, and how many of them sign. Times are seconds since 1970 UTC.

    `deployment` never changes (docs/format.md §19). Nothing that is signed by it counts from `expires` on.
    """

    deployment: str
    version: int
    threshold: int
    keys: tuple[RootKey, ...]
    issued_at: int
    expires: int
    floor_sequence: int = 1

    @property
    def prefix(self) -> str:
        """Whose licenses it is for."""
        return self.deployment.split("-", maxsplit=1)[0]

    @property
    def first_kid(self) -> bytes:
        """The kid of the first key that this root ever was, which names the deployment."""
        return bytes.fromhex(self.deployment.split("-")[1])

    def deployment_of(self, _prefix: str) -> str:
        """Return what the deployment is called in what people sign."""
        return self.deployment

    def payload(self, data: bytes) -> bytes:
        """Return what was signed in an object that `open` took, as octets."""
        return cosign.payload_of(data)

    def open(self, data: bytes, typ: str) -> Any:
        """Return the payload, decoded, of what enough holders signed.

        Raises FormatError; SignatureError `root_threshold` where too few did, `root_algorithm_unsupported`.
        """
        signed = _taken(data, typ, COSIGNED_MOST)
        if len(signers(self.keys, signed)) < self.threshold:
            raise SignatureError("root_threshold", f"{self.threshold} wanted")
        return cbor.parse(signed.payload)


class Walked(NamedTuple):
    """The newest document that could be reached, what it was read from (nothing where no step was made), and why the next one was not
    taken: a code, or "".
    """

    document: RootDocument
    data: bytes = b""
    fault: str = ""


def to_bytes(document: RootDocument) -> bytes:
    """Return the payload of a document. Raises ListError `root_corrupt` for one that no reader takes."""
    keys = [(*trust.coordinates(key.public_key), key.ml_dsa_44) for key in document.keys]
    named = [{"x": x, "y": y, "ml_dsa_44": ml} for x, y, ml in keys]
    payload = {**document._asdict(), "keys": named}
    _document(payload)
    return cbor.encode(payload)


def signers(keys: tuple[RootKey, ...], signed: Signed) -> frozenset[bytes]:
    """Return the kids of the holders that signed, each once, with both of their keys. Raises SignatureError `root_algorithm_unsupported`.

    Of two signatures that name one key the first counts. What names another key or another algorithm is let pass.
    """
    return frozenset(key.kid for key in keys if _signed(key, signed))


def _signed(key: RootKey, signed: Signed) -> bool:
    es, ml = (next(signed.of(alg, key.kid), None) for alg in (ESP256, ML_DSA_44))
    if es is None or ml is None or len(es) != cose.SIGNATURE_BYTES or cose.is_high(es):
        return False
    if not cose.holds(key.public_key, signed.message(ESP256, key.kid), es):
        return False
    try:
        return ml_dsa.holds(key.ml_dsa_44, signed.message(ML_DSA_44, key.kid), ml)
    except UnsupportedAlgorithm as error:
        raise SignatureError("root_algorithm_unsupported", "ML-DSA-44") from error


def from_payload(payload: bytes) -> RootDocument:
    """Return the document that a payload would be once it is signed; nothing vouches for it.

    Raises FormatError, ListError `root_corrupt`.
    """
    return _document(cbor.parse(payload))


def code(data: bytes) -> str:
    """Return what people compare a document by: the beginning of its payload's SHA-256, 80 bits in groups of four hexadecimal digits.

    Raises FormatError for what is no document.
    """
    digits = sha256(_taken(data, TYP, OCTETS_MOST).payload).hexdigest()[:_CODE_DIGITS].upper()
    return " ".join(digits[start : start + 4] for start in range(0, _CODE_DIGITS, 4))


def pinned(data: bytes) -> RootDocument:
    """Return the document that a verifier was given by hand. Raises ListError `root_corrupt`, `root_unsigned`."""
    signed, document = _read(data, None)
    _require(document.keys, document.threshold, signed, "root_unsigned")
    return document


def succeed(former: RootDocument, data: bytes) -> RootDocument:
    """Return the document that follows `former`.

    Raises ListError `root_not_handed_over` where too few holders of the former signed, before anything in it is decoded;
    `root_corrupt`, `root_out_of_turn`, `root_other_deployment`, `root_unsigned` where too few of its own did.
    """
    signed, document = _read(data, former)
    if document.version != former.version + 1:
        raise ListError("root_out_of_turn", f"{document.version} after {former.version}")
    if document.deployment != former.deployment:
        raise ListError("root_other_deployment", document.deployment)
    _require(document.keys, document.threshold, signed, "root_unsigned")
    return document


def walk(document: RootDocument, read: Callable[[int], bytes | None]) -> Walked:
    """Follow documents from one on. `read` returns what is published of a version, or None.

    A document that does not hold ends the walk, and the one before stays.
    """
    data = b""
    for _ in range(STEPS_MOST):
        following = read(document.version + 1)
        if following is None:
            break
        try:
            document, data = succeed(document, following), following
        except ListError as error:
            return Walked(document, data, error.code)
    return Walked(document, data)


def _read(data: bytes, former: RootDocument | None) -> tuple[Signed, RootDocument]:
    try:
        signed = _taken(data, TYP, OCTETS_MOST)
        if former is not None:
            _require(former.keys, former.threshold, signed, "root_not_handed_over")
        return signed, _document(cbor.parse(signed.payload))
    except FormatError as error:
        raise ListError("root_corrupt", str(error)) from error


def _taken(data: bytes, typ: str, most: int) -> Signed:
    if len(data) > most:
        raise FormatError("damaged", "too large")
    return cosign.from_bytes(data, typ)


def _require(keys: tuple[RootKey, ...], threshold: int, signed: Signed, code: str) -> None:
    try:
        count = len(signers(keys, signed))
    except SignatureError as error:
        raise ListError(error.code, error.detail) from error
    if count < threshold:
        raise ListError(code, f"{count} of {threshold}")


def _document(payload: Any) -> RootDocument:
    """Return what a payload says. Raises ListError `root_corrupt`."""
    try:
        document = RootDocument(
            deployment=payloads.text(payload["deployment"]),
            version=payloads.uint(payload["version"]),
            threshold=payloads.uint(payload["threshold"]),
            keys=tuple(map(_key, payloads.array(payload["keys"]))),
            issued_at=payloads.uint(payload["issued_at"]),
            expires=payloads.uint(payload["expires"]),
            floor_sequence=payloads.uint(payload["floor_sequence"]),
        )
    except (FormatError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ListError("root_corrupt", str(error)) from error
    if not _holds(document):
        raise ListError("root_corrupt", "limits")
    return document


def _key(entry: Any) -> RootKey:
    ml_dsa_44 = entry["ml_dsa_44"]
    if type(ml_dsa_44) is not bytes or len(ml_dsa_44) != ml_dsa.PUBLIC_BYTES:
        raise FormatError("damaged", "ML-DSA-44 key")
    return RootKey(trust.public_key(entry["x"], entry["y"]), ml_dsa_44)


def _holds(document: RootDocument) -> bool:
    """Say whether the limits hold. No key stands twice, not even beside another one: who holds two would count as two."""
    keys = document.keys
    return (
        DEPLOYMENT.fullmatch(document.deployment) is not None
        and 1 <= document.version <= VERSION_MOST
        and 1 <= document.threshold <= len(keys) <= HOLDERS_MOST
        and len({trust.coordinates(key.public_key) for key in keys}) == len({key.ml_dsa_44 for key in keys}) == len(keys)
        and document.issued_at < document.expires
    )
