"""The local authority vouches for the demo's addresses and for nothing else."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from demo import certificates

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADDRESS = IPv4Address("192.0.2.7")


def made(folder: Path) -> tuple[certificates.Certificates, x509.Certificate, x509.Certificate]:
    files = certificates.make(folder / "https", [ADDRESS], now=NOW)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    return files, authority, x509.load_pem_x509_certificates(files.server.read_bytes())[0]


def test_the_authority_signs_the_server_s_certificate(tmp_path: Path) -> None:
    files, authority, server = made(tmp_path)
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ADDRESS]
    key = serialization.load_pem_private_key(files.server_key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == server.public_key()


def test_the_authority_is_good_for_these_addresses_only(tmp_path: Path) -> None:
    _, authority, _ = made(tmp_path)
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert [str(name.value) for name in limits.value.permitted_subtrees or []] == ["192.0.2.7/32"]
    assert [name.value for name in limits.value.excluded_subtrees or []] == [""]
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_it_lasts_a_month_and_forgives_a_slow_clock(tmp_path: Path) -> None:
    for certificate in made(tmp_path)[1:]:
        assert certificate.not_valid_before_utc < NOW
        assert (certificate.not_valid_after_utc - NOW).days == certificates.DAYS


def test_no_private_key_of_the_authority_is_kept(tmp_path: Path) -> None:
    files, authority, _ = made(tmp_path)
    assert files.server_key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in files.server_key.parent.iterdir()) == ["khatm-demo-ca.crt", "server.crt", "server.key"]
    key = serialization.load_pem_private_key(files.server_key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() != authority.public_key()
