"""Root documents and holders of tests. The keys are as public as those of the vectors: made of names, so that they repeat everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

import published
from seal import cbor, cose, cosign, roots, trust
from seal.cosign import ESP256, ML_DSA_44, Signed
from seal.roots import RootDocument, RootKey
from seal.trust import TrustList
from tests.vectors import fixed

DEPLOYMENT = "ALX-0123456789abcdef"


class Holder(NamedTuple):
    """One holder: the public keys, and what signs with them."""

    key: RootKey
    es: cose.Signer
    ml: MLDSA44PrivateKey

    def sign(self, signed: Signed, algorithms: Sequence[int] = (ESP256, ML_DSA_44)) -> Signed:
        """The message with this holder's signatures, made anew each time."""
        for alg in algorithms:
            message = signed.message(alg, self.key.kid)
            signed = signed.added(alg, self.key.kid, self.ml.sign(message) if alg == ML_DSA_44 else self.es(message))
        return signed


@cache
def holder(name: str | int) -> Holder:
    """The PUBLICLY KNOWN keys of a name."""
    ml = MLDSA44PrivateKey.from_seed_bytes(sha256(f"khatm test roots: {name}".encode()).digest())
    private = fixed.private(f"root holder {name}")
    return Holder(RootKey(private.public_key(), ml.public_key().public_bytes_raw()), cose.low_signer(cose.private_signer(private)), ml)


def holders(*names: str | int) -> tuple[Holder, ...]:
    return tuple(map(holder, names))


def document(version: int = 1, names: Iterable[str | int] = (0, 1, 2), threshold: int = 2, **changed: object) -> RootDocument:
    usual = RootDocument(
        DEPLOYMENT, version, threshold, tuple(holder(name).key for name in names), fixed.NOW - 86_400, fixed.NOW + 365 * 86_400
    )
    return usual._replace(**changed)  # type: ignore[arg-type]


def unsigned(made: RootDocument) -> Signed:
    return cosign.begin(roots.TYP, roots.to_bytes(made))


def signed_by(message: Signed, by: Iterable[str | int]) -> Signed:
    for each in holders(*by):
        message = each.sign(message)
    return message


def signed(made: RootDocument, by: Iterable[str | int]) -> bytes:
    """A document, signed by some."""
    return signed_by(unsigned(made), by).to_bytes()


def raw(payload: object, by: Iterable[str | int]) -> bytes:
    """Whatever a writer gone wrong may have signed."""
    return signed_by(cosign.begin(roots.TYP, cbor.encode(payload)), by).to_bytes()


def payload(made: RootDocument) -> dict[str, object]:
    """A document's payload, decoded."""
    found = cbor.parse(roots.to_bytes(made))
    assert isinstance(found, dict)
    return found


def publish(folder: Path, listed: TrustList, by: Iterable[str | int], *documents: bytes) -> None:
    """Put a trust list, signed by some, and documents from version 1 on into a published folder."""
    message = signed_by(cosign.begin(trust.TYP, trust.to_bytes(listed)), by)
    files = {f"roots/{version}": data for version, data in enumerate(documents, 1)}
    published.write(folder, {**files, "roots/trust-list": message.to_bytes()})
