"""Keys of passes made at run time: a root, the intermediate certificate below it, a pass type's, and a service account's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

PASS_TYPE, TEAM = "pass.example.khatm.license", "ABCDE12345"
ACCOUNT, ISSUER, CLASS = "khatm-wallet@license-office-alexandria.iam.accounts.example", "3388000000012345678", "license"
_EVER = datetime(2020, 1, 1, tzinfo=UTC)


class Signed(NamedTuple):
    certificate: x509.Certificate
    key: RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def private(self, passphrase: bytes = b"") -> bytes:
        kept = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kept)


@cache
def key(name: str) -> RSAPrivateKey:
    """A key of that name, made once."""
    return generate_private_key(65537, 2048)


def certificate(
    name: str, issuer: Signed | None, *, ca: bool, subject: x509.Name | None = None, until: datetime = datetime(2099, 1, 1, tzinfo=UTC)
) -> Signed:
    """A certificate that `issuer` (None: itself) signed."""
    own = subject or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key(name)
    built = x509.CertificateBuilder().subject_name(own).issuer_name(issuer.certificate.subject if issuer else own)
    built = built.public_key(key(name).public_key()).serial_number(x509.random_serial_number())
    built = built.not_valid_before(_EVER).not_valid_after(until)
    built = built.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return Signed(built.sign(signer, SHA256()), key(name))


@cache
def root() -> Signed:
    return certificate("root", None, ca=True)


@cache
def intermediate() -> Signed:
    return certificate("intermediate", root(), ca=True)


def of_pass(pass_type: str = PASS_TYPE, team: str = TEAM, *, issuer: Signed | None = None, days: int = 0) -> Signed:
    """A pass type's certificate, as Apple names it; one that ends `days` after 2026-11-24."""
    named = {NameOID.USER_ID: pass_type, NameOID.COMMON_NAME: f"Pass Type ID: {pass_type}", NameOID.ORGANIZATIONAL_UNIT_NAME: team}
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in named.items() if text])
    until = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(days=days) if days else datetime(2099, 1, 1, tzinfo=UTC)
    return certificate("pass", issuer or intermediate(), ca=False, subject=subject, until=until)


def apple(folder: Path, *, made: Signed | None = None, passphrase: bytes = b"", **files: bytes) -> Path:
    """The settings for Apple's Wallet with their files; `files` in place of the usual content."""
    signed = made or of_pass()
    kept = {"pass_pem": signed.pem, "pass_key": signed.private(passphrase), "wwdr_pem": intermediate().pem} | files
    for name, content in kept.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content)
        path.chmod(0o600)
    text = 'certificate = "pass.pem"\nkey = "pass.key"\nintermediate = "wwdr.pem"\n'
    if passphrase:
        (folder / "pass.txt").write_bytes(passphrase + b"\n")
        text += 'passphrase_file = "pass.txt"\n'
    (folder / "apple.toml").write_text(text, "utf-8")
    return folder / "apple.toml"


def google(folder: Path, account: bytes | None = None, text: str = "") -> Path:
    """The settings for Google Wallet with the account's key."""
    told = {"type": "service_account", "client_email": ACCOUNT, "private_key_id": "1", "private_key": service_key()}
    (folder / "account.json").write_bytes(json.dumps(told).encode() if account is None else account)
    (folder / "account.json").chmod(0o600)
    (folder / "google.toml").write_text(text or f'account = "account.json"\nissuer = "{ISSUER}"\nclass = "{CLASS}"\n', "utf-8")
    return folder / "google.toml"


def service_key() -> str:
    return key("account").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
