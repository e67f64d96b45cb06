"""A witness's two keys, encrypted in one file: 64 octets, the seed of Ed25519 and that of ML-DSA-44.

The file is JSON: a salt and a nonce, and the seeds under ChaCha20-Poly1305 with a key that scrypt makes of the passphrase; the witness's
name is authenticated with them. Plain keys are in memory only.
"""

from __future__ import annotations

import json
import secrets
import stat
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.strength import check_passphrase
from published import whole
from transparency.keys import COSIGNATURE, ML_DSA_44, note_key
from transparency.signing import NoteSigner

from .errors import StateError, WitnessError

KEYS = "keys.json"
_SEED = 32
_FORM = "khatm-witness-keys-1"
# RFC 7914: 64 MiB and a quarter of a second for each guess.
_N, _R, _P = 1 << 16, 8, 1


def make(folder: Path, name: str, passphrase: bytes) -> tuple[NoteSigner, ...]:
    """Make both keys under a name and write them down. Raises CustodyError `passphrase_weak`; NoteError `log_key_malformed`; OSError."""
    check_passphrase(passphrase)
    seeds = Ed25519PrivateKey.generate().private_bytes_raw() + MLDSA44PrivateKey.generate().private_bytes_raw()
    signers = _signers(name, seeds)
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = ChaCha20Poly1305(_stretched(passphrase, salt)).encrypt(nonce, seeds, name.encode())
    told = {"form": _FORM, "salt": _text(salt), "nonce": _text(nonce), "sealed": _text(sealed)}
    whole.write({folder / KEYS: json.dumps(told, indent=1).encode()}, mode=0o600)
    return signers


def unlock(folder: Path, name: str, passphrase: bytes) -> tuple[NoteSigner, ...]:
    """Return both signers.

    Raises WitnessError `key_open_to_others`, `passphrase_wrong` (also for another name); StateError `state_unreadable`.
    """
    path = folder / KEYS
    salt, nonce, sealed = _parts(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise WitnessError("key_open_to_others", str(path))
    try:
        seeds = ChaCha20Poly1305(_stretched(passphrase, salt)).decrypt(nonce, sealed, name.encode())
    except InvalidTag as error:
        raise WitnessError("passphrase_wrong", str(path)) from error
    return _signers(name, seeds)


def _parts(path: Path) -> tuple[bytes, bytes, bytes]:
    try:
        told = json.loads(path.read_bytes())
        if told["form"] != _FORM:
            raise StateError("state_unreadable", str(path))
        salt, nonce, sealed = (b64decode(told[part], validate=True) for part in ("salt", "nonce", "sealed"))
    except FileNotFoundError as error:
        raise StateError("state_missing", str(path)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise StateError("state_unreadable", str(path)) from error
    return salt, nonce, sealed


def _signers(name: str, seeds: bytes) -> tuple[NoteSigner, ...]:
    short, long = Ed25519PrivateKey.from_private_bytes(seeds[:_SEED]), MLDSA44PrivateKey.from_seed_bytes(seeds[_SEED:])
    return (
        NoteSigner(note_key(name, COSIGNATURE, short.public_key().public_bytes_raw()), short.sign),
        NoteSigner(note_key(name, ML_DSA_44, long.public_key().public_bytes_raw()), long.sign),
    )


def _stretched(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(passphrase)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
