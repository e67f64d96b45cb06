"""What the root signs with, in one place: everybody else hands over a payload and gets the files that readers take.

`files` are published names with their octets: today the trust list under the one P-256 root that verifiers pin.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec

import published
from seal import cose, trust
from seal.errors import FormatError
from seal.trust import TrustList

from . import pem, requests
from .errors import CustodyError

ROOT_PUBLIC, ROOT_PRIVATE = "root.jwk", "root.pem"

Files = Mapping[str, bytes]
NOBODY_YET: Files = MappingProxyType({})


def signer(folder: Path, passphrase: bytes) -> cose.Signer:
    """Return a signer for the root in a folder. Raises CustodyError `key_unknown`, `passphrase_wrong`, `key_open_to_others`."""
    key = pem.read_private(folder / ROOT_PRIVATE, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CustodyError("custody_corrupt", ROOT_PRIVATE)
    return cose.private_signer(key)


def sign(folder: Path, payload: bytes, passphrase: bytes, so_far: Files = NOBODY_YET) -> Files:
    """Return the files of a trust list: `payload` as it was asked for, signed by the root in `folder`, beside who signed `so_far`.

    Raises CustodyError as `signer`, `signed_differs` for an earlier holder's signature under something else; ListError for the folder.
    """
    if any(payload_of(data) != payload for data in so_far.values()):
        raise CustodyError("signed_differs")
    kid = published.read_root(folder / ROOT_PUBLIC).kid
    signed = cose.sign(cose.protected(kid, trust.TYP), payload, signer(folder, passphrase))
    return {published.TRUST_LIST: signed.to_bytes()}


def verify(files: Files, folder: Path) -> TrustList:
    """Return the trust list in `files` by the root that `folder` pins. Raises ListError."""
    return trust.verify(files.get(published.TRUST_LIST, b""), root=published.read_root(folder / ROOT_PUBLIC))


def payload_of(data: bytes) -> bytes:
    """Return what is signed in a file of the root's; nothing is verified. Raises CustodyError `answer_invalid`."""
    try:
        return cose.from_bytes(data).payload
    except FormatError as error:
        raise CustodyError("answer_invalid") from error


def read(folder: Path) -> Files:
    """Return the signed files of a trust list that lie in a folder, none where there are none. Raises OSError."""
    path = folder / published.TRUST_LIST
    return {published.TRUST_LIST: requests.read(path)} if path.exists() else NOBODY_YET
