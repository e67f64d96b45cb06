"""Private keys in files: PKCS#8 in PEM, encrypted (PBES2, AES-256), for their owner's eyes alone."""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from published import whole

from .errors import CustodyError

PASSPHRASE_MIN = 12


def check_passphrase(passphrase: bytes) -> None:
    """Return if the passphrase may protect a key. Raises CustodyError `passphrase_weak`."""
    if len(passphrase) < PASSPHRASE_MIN:
        raise CustodyError("passphrase_weak")


def write_private(path: Path, key: PrivateKeyTypes, passphrase: bytes) -> None:
    """Write a private key down, encrypted. Raises OSError."""
    data = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    replace(path, data, 0o600)


def read_private(path: Path, passphrase: bytes) -> PrivateKeyTypes:
    """Return the key in a file. Raises CustodyError `key_unknown`, `passphrase_wrong` or `key_open_to_others`."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise CustodyError("key_open_to_others", path.name)
        return serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except FileNotFoundError as error:
        raise CustodyError("key_unknown", str(path)) from error
    except (ValueError, TypeError) as error:
        raise CustodyError("passphrase_wrong", path.name) from error


def replace(path: Path, data: bytes, mode: int) -> None:
    """Put a file in its place, whole. Raises OSError."""
    whole.clear(path.parent, of=path.name)
    whole.write({path: data}, mode=mode)
