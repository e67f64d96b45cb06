"""Private keys in files: PKCS#8 in PEM, encrypted (pbes2.py), for their owner's eyes alone."""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from published import whole

from . import pbes2
from .errors import CustodyError


def write_private(path: Path, key: PrivateKeyTypes, passphrase: bytes) -> None:
    """Write a private key down, encrypted. Raises OSError."""
    replace(path, encrypted(key, passphrase), 0o600)


def encrypted(key: PrivateKeyTypes, passphrase: bytes) -> bytes:
    """Return a private key as it is written down."""
    plain = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pbes2.encrypt(plain, passphrase)


def read_private(path: Path, passphrase: bytes) -> PrivateKeyTypes:
    """Return the key in a file. Raises CustodyError `key_unknown`, `passphrase_wrong` or `key_open_to_others`."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise CustodyError("key_open_to_others", path.name)
        data = path.read_bytes()
        plain = pbes2.decrypt(data, passphrase)
        if plain is None:  # as releases before wrote it
            return serialization.load_pem_private_key(data, passphrase)
        return serialization.load_der_private_key(plain, None)
    except FileNotFoundError as error:
        raise CustodyError("key_unknown", str(path)) from error
    except (ValueError, TypeError) as error:
        raise CustodyError("passphrase_wrong", path.name) from error


def replace(path: Path, data: bytes, mode: int) -> None:
    """Put a file in its place, whole. Raises OSError."""
    whole.clear(path.parent)  # a key that a killed run began has a name of its own
    whole.write({path: data}, mode=mode)
