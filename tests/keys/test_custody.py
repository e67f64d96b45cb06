"""The key store's files: rights from their first moment on, each old or new and never half, and nothing left of a run that was killed."""

import json
import os
from pathlib import Path

import pytest

from keys.custody import Custody

PASSPHRASE = b"correct horse battery"
POLICY = {"hosts": ["khatm.example"]}
STATUS = {"roles": ["status"], "state": "active", "authority": None}


@pytest.fixture
def custody(tmp_path: Path) -> Custody:
    return Custody.create(tmp_path / "keys", PASSPHRASE, POLICY)


def rights(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_private_keys_are_their_owner_s_alone_whatever_the_process_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, opened = [], os.open

    def watched(path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = opened(path, flags, mode)
        if flags & os.O_CREAT:
            made.append((Path(path).name, os.fstat(descriptor).st_mode & 0o777))
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    before = os.umask(0)
    try:
        custody = Custody.create(tmp_path / "keys", PASSPHRASE, POLICY)
        custody.add(PASSPHRASE, STATUS)
    finally:
        os.umask(before)
    assert rights(custody.folder) == {"policy.json": 0o644, "root.jwk": 0o644, "root.pem": 0o600, "01.pem": 0o600}
    assert {mode for _, mode in made} == {0o600} and any("root.pem" in name for name, _ in made), "nor were they for a moment"


def test_a_disk_that_fails_leaves_the_policy_as_it_was(custody: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (custody.folder / "policy.json").read_bytes()
    custody.policy["sequence"] = 7

    def fails(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(os, "fsync", fails)
        custody.save()
    assert (custody.folder / "policy.json").read_bytes() == before
    assert set(rights(custody.folder)) == {"policy.json", "root.jwk", "root.pem"}, "and nothing half-written beside it"
    custody.save()
    assert json.loads((custody.folder / "policy.json").read_text("utf-8"))["sequence"] == 7


def test_what_a_killed_run_left_is_cleared_away(custody: Custody) -> None:
    (custody.folder / ".new-policy.json-0badcafe").write_bytes(b'{"sequ')
    custody.save()
    assert set(rights(custody.folder)) == {"policy.json", "root.jwk", "root.pem"}
