"""What is wrong with the keys of passes is told at the start, with the file and the reason; a key is never told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from office.wallets.settings import Wallets
from tests.office.wallets import keys
from web.faults import SettingsError

ELLIPTIC = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_pass_type_and_team_are_those_of_the_certificate(tmp_path: Path) -> None:
    found = Wallets.of(keys.apple(tmp_path, passphrase=b"correct horse"), keys.google(tmp_path))
    assert found.apple is not None and (found.apple.pass_type, found.apple.team) == (keys.PASS_TYPE, keys.TEAM)
    assert found.google is not None and found.google.account == keys.ACCOUNT
    assert "PRIVATE" not in repr(found) and keys.ACCOUNT not in repr(found)
    der = keys.of_pass().certificate.public_bytes(Encoding.DER)
    assert Wallets.of(keys.apple(tmp_path, pass_pem=der), None).google is None


FAULTS: dict[str, tuple[str, str, Callable[[Path], Path]]] = {
    "no certificate": ("wallet_certificate", "pass.pem", lambda folder: keys.apple(folder, pass_pem=b"hello")),
    "of nobody's": ("wallet_intermediate", "wwdr.pem", lambda folder: keys.apple(folder, wwdr_pem=keys.root().pem)),
    "no pass type": ("wallet_identifiers", "pass.pem", lambda folder: keys.apple(folder, made=keys.of_pass(""))),
    "no team": ("wallet_identifiers", "pass.pem", lambda folder: keys.apple(folder, made=keys.of_pass(team="x"))),
    "no key": ("wallet_key", "pass.key", lambda folder: keys.apple(folder, pass_key=b"hello")),
    "an elliptic key": ("wallet_key", "pass.key", lambda folder: keys.apple(folder, pass_key=ELLIPTIC)),
    "locked": ("wallet_key", "pass.key", lambda folder: keys.apple(folder, pass_key=keys.of_pass().private(b"x"))),
    "another key": ("wallet_key_other", "pass.key", lambda folder: keys.apple(folder, pass_key=keys.root().private())),
    "too large": ("settings_too_large", "pass.pem", lambda folder: keys.apple(folder, pass_pem=b"x" * 70_000)),
    "open": ("wallet_key_open", "pass.key", lambda folder: _opened(keys.apple(folder), "pass.key")),
    "gone": ("setting_file", "wwdr.pem", lambda folder: _gone(keys.apple(folder), "wwdr.pem")),
}
_SAID = 'account = "a"\nissuer = "123456"\nclass = "y"\n'
FOREIGN: dict[str, tuple[str, str, Callable[[Path], Path]]] = {
    "no JSON": ("wallet_account", "account.json", lambda folder: keys.google(folder, b"{")),
    "deep": ("wallet_account", "account.json", lambda folder: keys.google(folder, b"[" * 60_000)),
    "a list": ("wallet_account", "account.json", lambda folder: keys.google(folder, b"[]")),
    "a user": ("wallet_account", "account.json", lambda folder: keys.google(folder, json.dumps({"type": "authorized_user"}).encode())),
    "no key": ("wallet_key", "account.json", lambda folder: keys.google(folder, _account(private_key="x"))),
    "elliptic": ("wallet_key", "account.json", lambda folder: keys.google(folder, _account(private_key=ELLIPTIC.decode()))),
    "open": ("wallet_key_open", "account.json", lambda folder: _opened(keys.google(folder), "account.json")),
    "an issuer": ("setting_invalid", "issuer", lambda folder: keys.google(folder, text=_SAID.replace("123456", "x"))),
    "unknown": (
        "setting_unknown",
        "key",
        lambda folder: keys.google(folder, text='account = "a"\nissuer = "123456"\nclass = "y"\nkey = "z"\n'),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_apple_s_settings_are_refused_for(tmp_path: Path, name: str) -> None:
    code, file, make = FAULTS[name]
    path = make(tmp_path)
    with pytest.raises(SettingsError) as refused:
        Wallets.of(path, None)
    assert refused.value.code == code
    assert file in refused.value.detail


@pytest.mark.parametrize("name", FOREIGN)
def test_what_google_s_settings_are_refused_for(tmp_path: Path, name: str) -> None:
    code, where, make = FOREIGN[name]
    path = make(tmp_path)
    with pytest.raises(SettingsError) as refused:
        Wallets.of(None, path)
    assert refused.value.code == code
    assert where in refused.value.detail and "PRIVATE KEY" not in str(refused.value)


def test_a_certificate_that_is_over_gives_no_passes(tmp_path: Path) -> None:
    from tests.office.applications.workplace import DAY, NOW

    wallet = Wallets.of(keys.apple(tmp_path, made=keys.of_pass(days=10)), None).apple
    assert wallet is not None
    assert [wallet.usable(NOW + days * DAY) for days in (0, 9, 10)] == [True, True, False]


def _account(**changes: str) -> bytes:
    return json.dumps({"type": "service_account", "client_email": keys.ACCOUNT, "private_key": keys.service_key()} | changes).encode()


def _opened(path: Path, name: str) -> Path:
    (path.parent / name).chmod(0o644)
    return path


def _gone(path: Path, name: str) -> Path:
    (path.parent / name).unlink()
    return path
