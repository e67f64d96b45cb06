"""With which keys passes are signed, from two TOML files. For Apple's Wallet:

    certificate = "pass.pem"       # the pass type's certificate, PEM or DER: from it come pass type and team
    key = "pass.key"               # its private key (PEM), 0600
    passphrase_file = "pass.txt"   # that key's passphrase, where it has one
    intermediate = "wwdr.pem"      # the certificate of Apple's that issued it (Worldwide Developer Relations)

For Google Wallet:

    account = "account.json"       # the key of a service account, as Google gives it, 0600
    issuer = "3388000000012345678" # the issuer's number
    class = "license"              # the name of the passes' class

Files lie beside the one that names them, or are named by their whole path. The keys are in no settings file, so that these may be shown.
"""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey
from pydantic import Field, StringConstraints

from web import settings_file
from web.faults import SettingsError
from web.settings_file import FileName, Table

from .apple import AppleWallet
from .google import GoogleWallet

OCTETS_MAX = 64 * 1024
_BITS_LEAST = 2048
_PASS_TYPE = re.compile(r"pass\.[A-Za-z0-9.-]{1,150}").fullmatch
_TEAM = re.compile(r"[A-Z0-9]{10}").fullmatch
_ACCOUNT = re.compile(r"[a-z0-9.-]{1,100}@[a-z0-9.-]{1,150}").fullmatch


class AppleFile(Table):
    """What the file for Apple's Wallet says."""

    certificate: FileName
    key: FileName
    intermediate: FileName
    passphrase_file: FileName | None = None


class GoogleFile(Table):
    """What the file for Google Wallet says."""

    account: FileName
    issuer: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,25}$")]
    class_: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$"), Field(alias="class")]


class Wallets(NamedTuple):
    """The wallets that passes are made for; None where there are no keys."""

    apple: AppleWallet | None = None
    google: GoogleWallet | None = None

    @classmethod
    def of(cls, apple_file: Path | None, google_file: Path | None) -> Wallets:
        """Return those that are set up. Raises as `apple` and `google` do; SettingsError `setting_file` for a file that cannot be read."""
        try:
            return cls(apple(apple_file) if apple_file else None, google(google_file) if google_file else None)
        except OSError as error:
            raise SettingsError("setting_file", Path(str(error.filename)).name) from error


def apple(path: Path) -> AppleWallet:
    """Return the pass type that a file describes.

    Raises SettingsError: what the file says, and `wallet_certificate`, `wallet_identifiers`, `wallet_intermediate`, `wallet_key`,
    `wallet_key_open`, `wallet_key_other`, each with the file that it is about; OSError if one cannot be read.
    """
    found = settings_file.read(path, AppleFile)
    certificate, intermediate = (_certificate(path.parent / name) for name in (found.certificate, found.intermediate))
    try:
        certificate.verify_directly_issued_by(intermediate)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise SettingsError("wallet_intermediate", found.intermediate) from error
    pass_type, team = _named(certificate, NameOID.USER_ID), _named(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if not _PASS_TYPE(pass_type) or not _TEAM(team):
        raise SettingsError("wallet_identifiers", found.certificate)
    passphrase = _passphrase(path, found.passphrase_file)
    key = _key(_private(path.parent / found.key), found.key, passphrase)
    if _public(key) != certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise SettingsError("wallet_key_other", found.key)
    return AppleWallet(certificate, key, intermediate, pass_type, team)


def google(path: Path) -> GoogleWallet:
    """Return the issuer that a file describes. Raises SettingsError as `apple` does, and `wallet_account`; OSError."""
    found = settings_file.read(path, GoogleFile)
    content = _private(path.parent / found.account)
    try:
        told: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SettingsError("wallet_account", found.account) from error
    named = {name: told.get(name) for name in ("type", "client_email", "private_key")} if isinstance(told, dict) else {}
    email, pem = named.get("client_email"), named.get("private_key")
    if named.get("type") != "service_account" or not isinstance(email, str) or not isinstance(pem, str) or not _ACCOUNT(email):
        raise SettingsError("wallet_account", found.account)
    _key(pem.encode("utf-8", "replace"), found.account, None)
    return GoogleWallet(found.issuer, found.class_, email, RSAKey.import_key(pem))


def _certificate(path: Path) -> x509.Certificate:
    content = _read(path)
    try:
        return x509.load_pem_x509_certificate(content) if b"-----BEGIN" in content else x509.load_der_x509_certificate(content)
    except ValueError as error:
        raise SettingsError("wallet_certificate", path.name) from error


def _named(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if len(found) == 1 else ""


def _key(pem: bytes, name: str, passphrase: bytes | None) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # a wrong passphrase among them
        raise SettingsError("wallet_key", name) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _BITS_LEAST:
        raise SettingsError("wallet_key", name, f"RSA ≥ {_BITS_LEAST}")
    return key


def _public(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _passphrase(path: Path, name: str | None) -> bytes | None:
    return settings_file.secret(path.parent / name, where=f"{path.name}: passphrase_file").encode() if name else None


def _private(path: Path) -> bytes:
    """Return a file with a private key in it. Raises SettingsError `wallet_key_open` if others than its owner may read it."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError("wallet_key_open", path.name)
    return _read(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(OCTETS_MAX + 1)
    if len(content) > OCTETS_MAX:
        raise SettingsError("settings_too_large", path.name, f"≤ {OCTETS_MAX}")
    return content
