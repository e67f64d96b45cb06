"""COSE receipts (RFC 9942): a proof in a COSE_Sign1 whose payload, the root, is detached and comes out of the proof.

The tree is RFC9162_SHA256, number 1 of the verifiable data structures. The signature is Ed25519 under alg -8, which COSE libraries know;
-19, as RFC 9864 would have it, is taken too. A receipt is deterministic CBOR (RFC 8949 §4.2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seal import cbor, cose
from seal.errors import FormatError

from .errors import ReceiptError
from .proofs import root_from_inclusion, roots_from_consistency
from .signatures import ED25519_SIGNATURE, ed25519_holds
from .tree import HASH_BYTES, PATH_MAX, SIZE_MAX

ALG, CRIT, KID = 1, 2, 4
VDS, VDP = 395, 396  # RFC 9942, "COSE Header Parameter"
RFC9162_SHA256 = 1
INCLUSION, CONSISTENCY = -1, -2
EDDSA, ED25519 = -8, -19
RECEIPT_MAX = 8_192


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The `index`-th leaf of a tree of `size` leaves, and the path from it to the root."""

    size: int
    index: int
    path: tuple[bytes, ...]

    def encoded(self) -> tuple[int, bytes]:
        """Return the label and the `inclusion-proof`."""
        return INCLUSION, cbor.encode([self.size, self.index, list(self.path)])


@dataclass(frozen=True, slots=True)
class Consistency:
    """A tree of `old` leaves with which one of `new` leaves begins, and the path that shows it."""

    old: int
    new: int
    path: tuple[bytes, ...]

    def encoded(self) -> tuple[int, bytes]:
        """Return the label and the `consistency-proof`."""
        return CONSISTENCY, cbor.encode([self.old, self.new, list(self.path)])


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt taken apart. Nothing in it is verified."""

    protected: bytes
    proof: Inclusion | Consistency
    signature: bytes

    def to_bytes(self) -> bytes:
        """Return the receipt, tagged as RFC 9942 wants it."""
        label, proof = self.proof.encoded()
        return cose.TAG + cbor.encode([self.protected, {VDP: {label: [proof]}}, None, self.signature])

    def kid(self) -> bytes | None:
        """Return the name of the key that is said to have signed, if the receipt says one."""
        kid = _headers(self.protected).get(KID)
        return kid if isinstance(kid, bytes) else None


def sign(proof: Inclusion | Consistency, root: bytes, *, kid: bytes, signer: Callable[[bytes], bytes]) -> Receipt:
    """Return the receipt of a proof under a root. `signer` takes the Sig_structure and returns an Ed25519 signature, 64 octets."""
    protected = cbor.encode({ALG: EDDSA, KID: kid, VDS: RFC9162_SHA256})
    return Receipt(protected, proof, signer(_signed(protected, root)))


def parse(data: bytes) -> Receipt:
    """Take a receipt apart. Raises ReceiptError `receipt_malformed`; `receipt_unsupported` for another tree, algorithm or `crit`."""
    parts = decode(data[1:]) if data[:1] == cose.TAG and len(data) <= RECEIPT_MAX else None
    match parts:
        case [bytes() as protected, dict() as unprotected, None, bytes() as signature] if len(signature) == ED25519_SIGNATURE:
            _check_headers(_headers(protected))
            return Receipt(protected, _proof(unprotected), signature)
        case _:
            raise ReceiptError("receipt_malformed")


def _check_headers(headers: dict[Any, Any]) -> None:
    alg, vds = headers.get(ALG), headers.get(VDS)
    if type(alg) is not int or type(vds) is not int:
        raise ReceiptError("receipt_malformed", "protected header")
    if alg not in (EDDSA, ED25519) or vds != RFC9162_SHA256 or CRIT in headers:
        raise ReceiptError("receipt_unsupported")


def _headers(protected: bytes) -> dict[Any, Any]:
    headers = decode(protected)
    if not isinstance(headers, dict) or not all(type(label) in (int, str) for label in headers):
        raise ReceiptError("receipt_malformed", "protected header")
    return headers


def _proof(unprotected: dict[Any, Any]) -> Inclusion | Consistency:
    """Return the one proof of an unprotected header that holds nothing else."""
    label, listed = _only(_value(unprotected, VDP))
    if type(label) is not int or label not in (INCLUSION, CONSISTENCY):
        raise ReceiptError("receipt_malformed", "proof")
    match listed:
        case [bytes() as data]:
            first, second, path = _numbers_and_path(decode(data))
            return Inclusion(first, second, path) if label == INCLUSION else Consistency(first, second, path)
        case _:
            raise ReceiptError("receipt_malformed", "proof")


def _value(header: dict[Any, Any], wanted: int) -> Any:
    """Return the value of a header that has one label; 396.0 is another one than 396."""
    label, value = _only(header)
    if type(label) is not int or label != wanted:
        raise ReceiptError("receipt_malformed", "unprotected header")
    return value


def _only(held: Any) -> tuple[Any, Any]:
    if not isinstance(held, dict) or len(held) != 1:
        raise ReceiptError("receipt_malformed", "unprotected header")
    [pair] = held.items()
    return pair


def _numbers_and_path(value: Any) -> tuple[int, int, tuple[bytes, ...]]:
    """Return the parts of `inclusion-proof` and `consistency-proof`, which look alike. The path of a tree's only leaf is empty."""
    match value:
        case [int() as first, int() as second, list() as path] if not isinstance(first, bool) and not isinstance(second, bool):
            whole = len(path) <= PATH_MAX and all(isinstance(each, bytes) and len(each) == HASH_BYTES for each in path)
            if whole and 0 <= first <= SIZE_MAX and 0 <= second <= SIZE_MAX:
                return first, second, tuple(path)
    raise ReceiptError("receipt_malformed", "proof")


def verify_inclusion(receipt: Receipt, leaf: bytes, public: bytes) -> bytes:
    """Return the root under which a leaf hash is proven, signed by an Ed25519 key of 32 octets.

    The root alone is signed. That the leaf is in the tree is proven, but its index only for whoever knows the root's size from elsewhere:
    the last of 17 leaves has the path of the last of 2.

    Raises ReceiptError `receipt_malformed` for a receipt of consistency, `receipt_signature_invalid`; ProofError.
    """
    if not isinstance(receipt.proof, Inclusion):
        raise ReceiptError("receipt_malformed", "proof")
    root = root_from_inclusion(receipt.proof.index, receipt.proof.size, leaf, receipt.proof.path)
    return _verified(receipt, root, public)


def verify_consistency(receipt: Receipt, old_root: bytes, public: bytes) -> bytes:
    """Return the newer root, signed, of a tree that begins with the one whose root is known. Its size is not signed.

    Raises ReceiptError `receipt_malformed` for a receipt of inclusion, `receipt_signature_invalid` (also where the path does not begin
    at the known root); ProofError.
    """
    if not isinstance(receipt.proof, Consistency):
        raise ReceiptError("receipt_malformed", "proof")
    first, second = roots_from_consistency(receipt.proof.old, receipt.proof.new, old_root, receipt.proof.path)
    if first != old_root:
        raise ReceiptError("receipt_signature_invalid")
    return _verified(receipt, second, public)


def _verified(receipt: Receipt, root: bytes, public: bytes) -> bytes:
    if not ed25519_holds(public, _signed(receipt.protected, root), receipt.signature):
        raise ReceiptError("receipt_signature_invalid")
    return root


def _signed(protected: bytes, root: bytes) -> bytes:
    """Return the Sig_structure of RFC 9052 §4.4, with the detached payload."""
    return cose.Sign1(protected, root, b"").signed()


def decode(data: bytes) -> Any:
    """Return deterministic CBOR, decoded. Raises ReceiptError `receipt_malformed`."""
    try:
        return cbor.parse(data)
    except FormatError as error:
        raise ReceiptError("receipt_malformed", "CBOR") from error
