"""Passphrases: which may protect a key, and giving a store another one."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization

from keys import pbes2, pem, protection
from keys.commands import keys
from keys.custody import Custody
from keys.errors import CustodyError
from keys.strength import check_passphrase
from published import whole

OLD, NEW = b"correct horse battery", "قارب وشباك ومرساة وملح".encode()
STATUS = {"roles": ["status"], "state": "active", "authority": None}


@pytest.fixture
def store(tmp_path: Path) -> Custody:
    custody = Custody.create(tmp_path / "keys", OLD, {"hosts": ["khatm.example"]})
    custody.add(OLD, STATUS)
    custody.add_log_keys(OLD)
    return custody


def change(folder: Path, old: bytes = OLD, new: bytes = NEW) -> Result:
    (folder.parent / "old").write_bytes(old)
    (folder.parent / "new").write_bytes(new)
    files = ["--passphrase-file", str(folder.parent / "old"), "--new-passphrase-file", str(folder.parent / "new")]
    return CliRunner().invoke(keys, ["passphrase", "--keys", str(folder), *files])


def as_before(path: Path) -> None:
    """Write a file as the releases did that left its protection to the library."""
    key = pem.read_private(path, OLD)
    data = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(OLD))
    path.write_bytes(data)


@pytest.mark.parametrize(
    "passphrase",
    [
        "aaaaaaaaaaaa",
        "صصصصصصصصصصصص",
        "123456789012",
        "qwertyuiop123",
        "passwordpassword",
        "khatmkhatmkhatm",
        "alexandria2026",
        "short",
        "a" * 4000,
        "ختم الإسكندرية",
        "محافظة الإسكندرية",
    ],
)
def test_what_is_easily_guessed_protects_nothing(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(CustodyError, match="passphrase_weak"):
        Custody.create(tmp_path / "keys", passphrase.encode(), {})
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("passphrase", ["correct horse battery", "قارب وشباك ومرساة", "8f2k!dQm2x9Lw", "two boats and a net " * 200])
def test_some_words_that_have_nothing_to_do_with_each_other_do(passphrase: str) -> None:
    check_passphrase(passphrase.encode())


def test_octets_that_are_no_text_are_judged_too() -> None:
    check_passphrase(sha256(b"octets").digest())


def test_another_passphrase_opens_every_key_and_the_old_one_none(store: Custody) -> None:
    told = change(store.folder)
    assert told.exit_code == 0, told.output
    assert "root.pem" in told.output and told.output.count("log/") == 3
    store.root_signer(NEW)
    store.signer(b"\x01", NEW)
    assert len(store.log_signers(NEW)) == 3
    with pytest.raises(CustodyError, match="passphrase_wrong"):
        store.root_signer(OLD)
    assert {path.stat().st_mode & 0o777 for path in protection.private_files(store.folder)} == {0o600}


def test_files_of_a_release_before_are_read_told_and_taken_over(store: Custody) -> None:
    as_before(store.folder / "root.pem")
    as_before(store.folder / "01.pem")
    store.root_signer(OLD)
    assert protection.outdated(store.folder) == ["01.pem", "root.pem"]
    told = change(store.folder, OLD, OLD)
    assert told.exit_code == 0 and "written anew: 01.pem, root.pem" in told.output
    assert protection.outdated(store.folder) == []
    store.root_signer(OLD)


def test_a_run_that_was_killed_between_two_files_goes_on(store: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
    half = store.folder.parent / "half"
    shutil.copytree(store.folder, half)
    protection.change(store.folder, OLD, NEW)
    shutil.copy(half / "01.pem", store.folder / "01.pem")
    assert "written anew: 01.pem" in change(store.folder).output
    store.signer(b"\x01", NEW)


def test_nothing_is_changed_where_the_disk_fails(store: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.read_bytes() for path in protection.private_files(store.folder)}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole, "_settle", full)
    told = change(store.folder)
    assert told.exit_code == 2 and "No space" in told.output and "Traceback" not in told.output
    assert {path: path.read_bytes() for path in protection.private_files(store.folder)} == before
    assert not list(store.folder.rglob(".new-*"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(b"not this one at all", NEW, "passphrase_wrong"), (OLD, b"aaaaaaaaaaaa", "passphrase_weak"), (OLD, b"", "passphrase_weak")],
)
def test_a_wrong_or_weak_one_changes_nothing(store: Custody, old: bytes, new: bytes, code: str) -> None:
    told = change(store.folder, old, new)
    assert told.exit_code == 2 and code in told.output
    store.root_signer(OLD)


def test_a_key_under_another_passphrase_stays_and_is_named(store: Custody) -> None:
    store.add(b"a passphrase of its own", STATUS)
    told = change(store.folder)
    assert told.exit_code == 0 and "of another passphrase: 02.pem" in told.output
    store.signer(b"\x02", b"a passphrase of its own")


def test_a_key_that_others_may_read_is_refused(store: Custody) -> None:
    (store.folder / "01.pem").chmod(0o640)
    told = change(store.folder)
    assert told.exit_code == 2 and "key_open_to_others" in told.output
    store.root_signer(OLD)


def test_a_folder_without_keys_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "custody_missing" in change(tmp_path / "empty").output
    assert "custody_missing" in change(tmp_path / "nowhere").output


def test_all_of_a_store_is_one_salt(store: Custody) -> None:
    told = [pbes2._info(path.read_bytes()) for path in protection.private_files(store.folder)]
    assert len({each.algorithm.parameters.kdf.parameters.salt for each in told if each is not None}) == 1 and len(told) == 5
