"""Encrypted key files against OpenSSL's, and what a guess costs."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from keys import pbes2, pem
from keys.errors import CustodyError

PASSPHRASE = "أربع كلمات لا رابط بينها".encode()
PRODUCT_S_OWN = (1 << 17, 8, 1)


def openssl(*words: str, text: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=text, capture_output=True, check=True).stdout


def plain(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def test_other_programs_read_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, path = ec.generate_private_key(ec.SECP256R1()), tmp_path / "01.pem"
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    monkeypatch.setattr(pbes2, "_WORK", PRODUCT_S_OWN)
    pem.write_private(path, key, PASSPHRASE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert plain(serialization.load_pem_private_key(path.read_bytes(), PASSPHRASE)) == plain(key)
    monkeypatch.setattr(pbes2, "_WORK", (1 << 14, 8, 5))  # the same work within the memory that OpenSSL's command line allows
    pem.write_private(path, key, PASSPHRASE)
    read = openssl("pkey", "-in", str(path), "-passin", f"file:{tmp_path / 'passphrase'}", "-outform", "DER")
    assert plain(serialization.load_der_private_key(read, None)) == plain(key)


def test_the_product_s_own_work_is_128_mib() -> None:
    source = Path(pbes2.__file__).read_text("utf-8")
    assert "_WORK = (1 << 17, 8, 1)" in source and 128 * PRODUCT_S_OWN[0] * PRODUCT_S_OWN[1] == 128 << 20


@pytest.mark.parametrize(
    "protection", [["-scrypt"], ["-v2", "aes256"], ["-scrypt", "-v2", "aes-256-cbc"], ["-v2", "aes256", "-iter", "2048"]]
)
def test_what_openssl_protects_is_read(tmp_path: Path, protection: list[str]) -> None:
    key, path = ec.generate_private_key(ec.SECP256R1()), tmp_path / "01.pem"
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    said = openssl("pkcs8", "-topk8", "-inform", "DER", *protection, "-passout", f"file:{tmp_path / 'passphrase'}", text=plain(key))
    path.touch(0o600)
    path.write_bytes(said)
    assert plain(pem.read_private(path, PASSPHRASE)) == plain(key)
    assert not pbes2.is_current(said) or "-scrypt" in protection
    with pytest.raises(CustodyError, match="passphrase_wrong"):
        pem.read_private(path, PASSPHRASE + b".")


def test_a_key_that_openssl_does_not_know_is_written_and_read(tmp_path: Path) -> None:
    key = mldsa.MLDSA44PrivateKey.generate()
    pem.write_private(tmp_path / "a.pem", key, PASSPHRASE)
    assert plain(pem.read_private(tmp_path / "a.pem", PASSPHRASE)) == plain(key)


def test_a_store_takes_one_scrypt_and_each_process_its_own_salt(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    first, second = (pbes2._info(pem.encrypted(key, PASSPHRASE)) for _ in range(2))
    other = pbes2._info(pem.encrypted(key, b"another passphrase of four"))
    assert first is not None and second is not None and other is not None
    salts = [each.algorithm.parameters.kdf.parameters.salt for each in (first, second, other)]
    assert salts[0] == salts[1] != salts[2], "one guess at a store, not one for each file; and none for two passphrases"
    assert first.algorithm.parameters.cipher.iv != second.algorithm.parameters.cipher.iv


def test_a_file_that_asks_for_too_much_memory_is_refused_before_it_gets_it(tmp_path: Path) -> None:
    told = pbes2._info(pem.encrypted(ec.generate_private_key(ec.SECP256R1()), PASSPHRASE))
    assert told is not None
    huge = replace(told.algorithm.parameters.kdf.parameters, n=1 << 40)
    kdf = replace(told.algorithm.parameters.kdf, parameters=huge)
    info = replace(told, algorithm=replace(told.algorithm, parameters=replace(told.algorithm.parameters, kdf=kdf)))
    path = tmp_path / "01.pem"
    path.touch(0o600)
    path.write_text(f"{pbes2._BEGIN}\n{base64.b64encode(asn1.encode_der(info)).decode()}\n{pbes2._END}\n")
    with pytest.raises(CustodyError, match="passphrase_wrong"):
        pem.read_private(path, PASSPHRASE)


@pytest.mark.parametrize(
    "data", [b"", b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"\xff" * 50, b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n!!\n"]
)
def test_what_is_no_key_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "01.pem"
    path.touch(0o600)
    path.write_bytes(data)
    with pytest.raises(CustodyError, match="passphrase_wrong"):
        pem.read_private(path, PASSPHRASE)
