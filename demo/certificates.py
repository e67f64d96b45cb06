"""A certificate authority for one machine and one month, so that a real phone can try the demo over HTTPS.

A phone that trusts a strange authority trusts it for everything. So this one is limited to the demo's addresses (name constraints, RFC 5280
§4.2.1.10), and its private key is never written anywhere: it signs one certificate and is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from published import whole

DAYS = 30
_EARLY = timedelta(hours=24)  # a phone's clock may be behind
_KEY_USAGE = dict.fromkeys(
    ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
)


class Certificates(NamedTuple):
    """Files: the authority for the phone (PEM), the server's certificate and its private key (0600)."""

    authority: Path
    server: Path
    server_key: Path


def make(folder: Path, addresses: Sequence[IPv4Address], *, now: datetime) -> Certificates:
    """Make an authority and a server certificate for `addresses` in `folder`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Certificates(folder / "khatm-demo-ca.crt", folder / "server.crt", folder / "server.key")
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _authority(authority_key, addresses, now)
    server = _server(server_key.public_key(), addresses, now, authority, authority_key)
    told = [one.public_bytes(serialization.Encoding.PEM) for one in (server, authority)]
    whole.write({made.authority: told[1], made.server: b"".join(told)})
    whole.write({made.server_key: _pem(server_key)}, mode=0o600)
    return made


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Khatm demo"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - _EARLY).not_valid_after(now + timedelta(days=DAYS))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _authority(key: ec.EllipticCurvePrivateKey, addresses: Sequence[IPv4Address], now: datetime) -> x509.Certificate:
    name = _name(f"Khatm demo, throw-away, {addresses[0]}, {now:%Y-%m-%d %H:%M}")
    limits = [x509.IPAddress(IPv4Network(address)) for address in addresses]
    # A list of permitted IP addresses leaves DNS names open; an excluded empty name shuts them all.
    only_these = x509.NameConstraints(permitted_subtrees=limits, excluded_subtrees=[x509.DNSName("")])
    builder = _certificate(name, name, key.public_key(), now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **_KEY_USAGE), critical=True)
    return builder.add_extension(only_these, critical=True).sign(key, hashes.SHA256())


def _server(
    key: ec.EllipticCurvePublicKey,
    addresses: Sequence[IPv4Address],
    now: datetime,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(address) for address in addresses])
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    # A common name that could be a host name is held to the name constraints as well (OpenSSL does so): this one could not.
    builder = _certificate(_name("Khatm demo, verifier"), authority.subject, key, now)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **_KEY_USAGE), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(signed_by, critical=False).add_extension(alternatives, critical=False)
    return builder.sign(authority_key, hashes.SHA256())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
