"""Encrypted private keys as PKCS#8 in PEM (RFC 5958), by PBES2 (RFC 8018 §6.2) with scrypt (RFC 7914 §7) and AES-256 in CBC mode.

`cryptography` reads such files and writes others, with 2,048 rounds of PBKDF2: a million guesses are minutes. scrypt as it stands here
wants 128 MiB and a third of a second for each guess. All that one process writes under a passphrase has one salt: a store of forty keys
opens in one such third of a second and not in forty. A guess is no cheaper for it, for one file was always enough to try one on.

Whatever becomes of this program, others read the files: what stands on `cryptography` does; the command line of OpenSSL knows the form, but
gives scrypt no more than 32 MiB.
"""

from __future__ import annotations

import base64
import secrets
from functools import lru_cache

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.x509 import ObjectIdentifier

_PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")
_SCRYPT = ObjectIdentifier("1.3.6.1.4.1.11591.4.11")
_AES_256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")
_BEGIN, _END = "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"
_KEY, _BLOCK = 32, 16

# 128 · r · N octets are 128 MiB. A file says itself what it took, and is believed up to 1 GiB.
_WORK = (1 << 17, 8, 1)
_MEMORY_MAX = 1 << 30


@asn1.sequence
class _Scrypt:
    salt: bytes
    n: int
    r: int
    p: int
    length: int | None


@asn1.sequence
class _Kdf:
    algorithm: ObjectIdentifier
    parameters: _Scrypt


@asn1.sequence
class _Cipher:
    algorithm: ObjectIdentifier
    iv: bytes


@asn1.sequence
class _Scheme:
    kdf: _Kdf
    cipher: _Cipher


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier
    parameters: _Scheme


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    algorithm: _Algorithm
    data: bytes


def encrypt(der: bytes, passphrase: bytes) -> bytes:
    """Return a PrivateKeyInfo (DER) encrypted, as PEM."""
    salt, iv = _salt(passphrase, _WORK), secrets.token_bytes(_BLOCK)
    padder = padding.PKCS7(8 * _BLOCK).padder()
    encryptor = Cipher(algorithms.AES256(_stretched(passphrase, salt, *_WORK)), modes.CBC(iv)).encryptor()
    data = encryptor.update(padder.update(der) + padder.finalize()) + encryptor.finalize()
    n, r, p = _WORK
    kdf = _Kdf(algorithm=_SCRYPT, parameters=_Scrypt(salt=salt, n=n, r=r, p=p, length=None))
    scheme = _Scheme(kdf=kdf, cipher=_Cipher(algorithm=_AES_256_CBC, iv=iv))
    info = asn1.encode_der(_EncryptedPrivateKeyInfo(algorithm=_Algorithm(algorithm=_PBES2, parameters=scheme), data=data))
    return f"{_BEGIN}\n{base64.encodebytes(info).decode()}{_END}\n".encode()


def decrypt(pem: bytes, passphrase: bytes) -> bytes | None:
    """Return what `encrypt` was given; None for a file that is protected in another way. Raises ValueError for another passphrase."""
    told = _info(pem)
    if told is None:
        return None
    scheme = told.algorithm.parameters
    work = scheme.kdf.parameters
    decryptor = Cipher(
        algorithms.AES256(_stretched(passphrase, work.salt, work.n, work.r, work.p)), modes.CBC(scheme.cipher.iv)
    ).decryptor()
    unpadder = padding.PKCS7(8 * _BLOCK).unpadder()
    return unpadder.update(decryptor.update(told.data) + decryptor.finalize()) + unpadder.finalize()


def is_current(pem: bytes) -> bool:
    """Whether a file is protected with at least the work that files are written with today."""
    told = _info(pem)
    if told is None:
        return False
    work = told.algorithm.parameters.kdf.parameters
    return work.n * work.r * work.p >= _WORK[0] * _WORK[1] * _WORK[2]


def _info(pem: bytes) -> _EncryptedPrivateKeyInfo | None:
    """Return a file's parts; None for one that is none of ours. Raises ValueError for one that asks for too much memory."""
    head, found, rest = pem.decode("ascii", "replace").partition(_BEGIN)
    if not found or head.strip():
        return None
    try:
        told = asn1.decode_der(_EncryptedPrivateKeyInfo, base64.b64decode(rest.partition(_END)[0]))
    except ValueError:
        return None  # PBKDF2, another cipher: the library's to read or to refuse
    scheme = told.algorithm.parameters
    if (told.algorithm.algorithm, scheme.kdf.algorithm, scheme.cipher.algorithm) != (_PBES2, _SCRYPT, _AES_256_CBC):
        return None
    work = scheme.kdf.parameters
    if 128 * work.n * work.r * work.p > _MEMORY_MAX:
        raise ValueError("scrypt asks for more than 1 GiB")
    return told


@lru_cache(maxsize=8)
def _salt(passphrase: bytes, work: tuple[int, int, int]) -> bytes:
    """Return the salt of all that this process writes under a passphrase with as much work."""
    return secrets.token_bytes(16)


@lru_cache(maxsize=8)
def _stretched(passphrase: bytes, salt: bytes, n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=_KEY, n=n, r=r, p=p).derive(passphrase)
