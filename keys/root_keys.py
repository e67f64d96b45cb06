"""The keys of one holder of the root, in a folder of the holder's own, which need not be a key store.

    root.pem            the private key on P-256
    root-ml-dsa.pem     the private key of ML-DSA-44, under the same passphrase
    root-key.json       the public halves, to be handed to the others
    holders/<n>/        where one person has several: folders of the same form, for the day when they are carried to others
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from seal import cose, ml_dsa, trust
from seal.cosign import ESP256, ML_DSA_44, Signed
from seal.errors import FormatError
from seal.roots import RootKey

from . import pem
from .errors import CustodyError
from .strength import check_passphrase

PRIVATE, PRIVATE_ML_DSA, PUBLIC, HOLDERS = "root.pem", "root-ml-dsa.pem", "root-key.json", "holders"
_PUBLIC_MOST = 16_384  # octets


class RootSigner(NamedTuple):
    """A holder: the public keys, and what signs with each."""

    key: RootKey
    es: cose.Signer
    ml: Callable[[bytes], bytes]

    def add(self, signed: Signed) -> Signed:
        """Return a message with both signatures of this holder, in the place of those that it had."""
        kid = self.key.kid
        signed = signed.added(ESP256, kid, self.es(signed.message(ESP256, kid)))
        return signed.added(ML_DSA_44, kid, self.ml(signed.message(ML_DSA_44, kid)))


def make(folder: Path, passphrase: bytes) -> RootKey:
    """Make a holder's keys, beside a root's key on P-256 that is there already; return the public halves.

    Raises CustodyError `passphrase_weak`, `root_key_exists`, and for what is there `passphrase_wrong`, `key_open_to_others`; OSError.
    """
    check_passphrase(passphrase)
    if (folder / PRIVATE_ML_DSA).exists():
        raise CustodyError("root_key_exists", str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ml = MLDSA44PrivateKey.generate()
    if (folder / PRIVATE).exists():
        private = _p256(folder, passphrase)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
        pem.write_private(folder / PRIVATE, private, passphrase)
    pem.write_private(folder / PRIVATE_ML_DSA, ml, passphrase)
    key = RootKey(private.public_key(), ml.public_key().public_bytes_raw())
    x, y = trust.coordinates(key.public_key)
    told = {"kid": key.kid.hex(), "x": x.hex(), "y": y.hex(), "ml_dsa_44": key.ml_dsa_44.hex()}
    pem.replace(folder / PUBLIC, json.dumps(told, indent=1).encode(), 0o644)
    return key


def public(path: Path) -> RootKey:
    """Return the public halves that a holder handed over: the file, or the folder that it is in. Raises CustodyError `root_key_invalid`."""
    path = path / PUBLIC if path.is_dir() else path
    with path.open("rb") as file:
        data = file.read(_PUBLIC_MOST + 1)
    try:
        held: Any = json.loads(data)
        x, y, ml_dsa_44 = (bytes.fromhex(held[name]) for name in ("x", "y", "ml_dsa_44"))
        key = RootKey(trust.public_key(x, y), ml_dsa_44)
    except (KeyError, TypeError, ValueError, RecursionError, FormatError) as error:
        raise CustodyError("root_key_invalid", str(path)) from error
    if len(ml_dsa_44) != ml_dsa.PUBLIC_BYTES or len(data) > _PUBLIC_MOST or held.get("kid") != key.kid.hex():
        raise CustodyError("root_key_invalid", str(path))
    return key


def signer(folder: Path, passphrase: bytes) -> RootSigner:
    """Return what signs for the holder in a folder. Raises CustodyError `key_unknown`, `passphrase_wrong`, `custody_corrupt`."""
    es, ml = _p256(folder, passphrase), pem.read_private(folder / PRIVATE_ML_DSA, passphrase)
    if not isinstance(ml, MLDSA44PrivateKey):
        raise CustodyError("custody_corrupt", PRIVATE_ML_DSA)
    key = RootKey(es.public_key(), ml.public_key().public_bytes_raw())
    return RootSigner(key, cose.low_signer(cose.private_signer(es)), ml.sign)


def signers(folder: Path, passphrase: bytes) -> list[RootSigner]:
    """Return every holder in a folder whose keys the passphrase opens: the folder's own, and those below it.

    Raises CustodyError where the folder's own cannot be opened, `key_unknown` where there is no holder at all.
    """
    found = [signer(folder, passphrase)] if (folder / PRIVATE_ML_DSA).exists() else []
    for each in sorted((folder / HOLDERS).glob("*")):
        try:
            found.append(signer(each, passphrase))
        except CustodyError as error:
            if error.code not in ("passphrase_wrong", "key_unknown"):
                raise
    if not found:
        raise CustodyError("key_unknown", str(folder / PRIVATE_ML_DSA))
    return found


def _p256(folder: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    key = pem.read_private(folder / PRIVATE, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CustodyError("custody_corrupt", PRIVATE)
    return key
