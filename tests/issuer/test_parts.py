"""Publisher, worker and web server are different users of the system with different keys: none can do what another does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
import published
from keys import parts, policy
from keys.custody import ROSTER, Custody
from tests.issuer.offices import KEYS_MADE, NOW, PASSPHRASE, SECONDS, Office, rows


@pytest.fixture
def house(office: Office) -> Office:
    """A house whose keys are parted: `publisher`, `worker`, `web`, each with a passphrase of its own; the key store itself is gone."""
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    custody.add(PASSPHRASE, policy.receipt_entry(policy.governorate(custody), now=KEYS_MADE))
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    (office.locations.keys / ROSTER).write_bytes(b"a roster")
    for program in ("publisher", "worker", "web"):
        secret = office.folder / f"{program}-passphrase"
        secret.write_text(f"{program} walnut gravel teacup orbit\n")
        store = ["--keys", str(office.locations.keys), "--passphrase-file", str(office.locations.passphrase_file)]
        to = ["--to", str(office.folder / program), "--new-passphrase-file", str(secret)]
        assert CliRunner().invoke(khatm.main, ["keys", "part", program, *store, *to]).exit_code == 0
    shutil.move(office.locations.keys, office.folder / "in the safe")
    return office


def run(house: Office, program: str, *words: str | Path, exit_code: int = 0, passphrase_of: str = "") -> str:
    """Run a command with what a program has."""
    secret = house.folder / f"{passphrase_of or program}-passphrase"
    alone = ["--alone"] if "issue" in words else []
    keys = [*alone, "--keys", str(house.folder / program), "--passphrase-file", str(secret), "--log-store", str(house.folder / "store")]
    where = ["--register", house.register, "--published", str(house.locations.published), *keys]
    ran = CliRunner().invoke(khatm.main, [*map(str, words), *where])
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def check(house: Office, program: str, *others: str, exit_code: int = 0) -> str:
    named = [word for other in others for word in ("--other", str(house.folder / other))]
    ran = CliRunner().invoke(khatm.main, ["keys", "check", program, "--keys", str(house.folder / program), *named])
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def test_each_has_the_keys_that_it_needs_and_no_others(house: Office) -> None:
    held = {program: {each.role for each in parts.files(Custody(house.folder / program))} for program in ("publisher", "worker", "web")}
    assert held == {"publisher": {"status", "log of seals"}, "worker": {"license"}, "web": {"receipt"}}
    for program in held:
        assert (house.folder / program / ROSTER).read_bytes() == b"a roster", "by which signatures are checked"
        assert "0 faults" in check(house, program)
        for path in (house.folder / program).rglob("*.pem"):
            assert path.stat().st_mode & 0o077 == 0


def test_together_they_issue_and_publish(house: Office) -> None:
    file, now = house.write("three.csv", rows(3)), ("--now", NOW.isoformat())
    assert "release_missing" in run(house, "worker", "issue", file, "--no-output", *now, exit_code=2)
    run(house, "publisher", "audit", "release", file)
    assert "3 issued" in run(house, "worker", "issue", file, "--no-output", *now)
    assert "log/checkpoint" in run(house, "publisher", "publish", *now)
    assert "log/checkpoint" not in run(house, "publisher", "issue", file, "--no-output", *now, exit_code=2)


def test_the_worker_publishes_nothing_and_its_passphrase_opens_nothing_else(house: Office) -> None:
    now = ("--now", NOW.isoformat())
    run(house, "worker", "issue", house.write("none.csv", rows(0)), "--no-output", *now, exit_code=2)
    with house.locations.engine(create=True):
        pass
    assert "key_unknown" in run(house, "worker", "publish", *now, exit_code=2)
    assert "passphrase_wrong" in run(house, "publisher", "publish", *now, exit_code=2, passphrase_of="worker")
    assert "key_unknown" in run(house, "web", "publish", *now, exit_code=2)
    assert not (house.locations.published / "log/checkpoint").exists()


def test_what_is_in_the_wrong_hands_is_said(house: Office) -> None:
    status = next(iter((house.folder / "publisher").glob("*.pem")))
    shutil.copy(status, house.folder / "worker")
    said = check(house, "worker", exit_code=1)
    assert "key_surplus" in said and "1 faults" in said
    status.unlink()
    assert "key_lacking" in check(house, "publisher", exit_code=1)
    (house.folder / "web").chmod(0o770)
    assert "folder_writable" in check(house, "web", exit_code=1)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become other users")
def test_another_user_of_the_system_reads_no_key(house: Office) -> None:
    """With real users: 61001 the publisher, 61002 the worker."""
    reach = {parent: parent.stat().st_mode for parent in (house.folder, *house.folder.parents)}
    try:
        for parent, mode in reach.items():
            parent.chmod(mode | 0o011)
        _as_other_users(house)
    finally:
        for parent, mode in reach.items():
            parent.chmod(mode)


def _as_other_users(house: Office) -> None:
    for program, user in (("publisher", 61_001), ("worker", 61_002)):
        for path in (house.folder / program, *(house.folder / program).rglob("*")):
            os.chown(path, user, user)
    publisher, worker = house.folder / "publisher", house.folder / "worker"
    assert _as_user(61_002, "worker", worker, publisher) == []
    assert _as_user(61_001, "publisher", publisher, worker) == []
    publisher.chmod(0o755)
    for path in publisher.rglob("*.pem"):
        path.chmod(0o644)
    assert {each.split()[0] for each in _as_user(61_002, "worker", worker, publisher)} == {"key_readable"}
    assert "key_lacking" in " ".join(_as_user(61_002, "publisher", worker, publisher))


def _as_user(user: int, program: str, own: Path, other: Path) -> list[str]:
    """What a check says that runs as somebody."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        try:
            said = [f"{each.fault} {each.path.name}" for each in parts.check(program, own, [other])]
            os.write(writer, "\n".join(said).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        return stream.read().splitlines()
