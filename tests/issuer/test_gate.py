"""No picture, card or paper leaves before its license is in the log: `khatm issue`, `license`, `office paper`."""

from __future__ import annotations

import signal
from collections.abc import Collection
from pathlib import Path

import pytest

from issuer.log import gate, stored
from keys import log_keys
from keys.custody import Custody
from tests.issuer.logs import from_folder, read_whole, with_log
from tests.issuer.offices import Office, rows
from transparency import keys
from transparency.heads import Policy
from transparency.signing import NoteSigner


@pytest.fixture
def logged(each_office: Office) -> Office:
    """An office whose trust list says that there is a log."""
    return with_log(each_office)


def without_log_keys(office: Office) -> None:
    """From now on the log's keys are those of another user of the system."""
    (office.locations.keys / log_keys.FOLDER).rename(office.folder / "publisher")


def size(office: Office) -> int:
    """How many entries of the published log a stranger can prove."""
    log = office.locations.trust().log
    assert log is not None
    head, _ = read_whole(from_folder(office.locations.published / "log"), Policy(log.origin, tuple(map(keys.parse, log.keys))))
    return head.checkpoint.size


def test_whoever_has_the_log_s_keys_enters_what_he_issues(logged: Office) -> None:
    out = logged.folder / "out"
    said = logged.run("issue", logged.write("three.csv", rows(3)), "--out", out, "--output", "png").output
    assert "codes and cards" in said and "without" not in said
    assert size(logged) == 3 == len(list(out.iterdir()))
    number = min(out.iterdir()).stem
    logged.run("license", "replace", number, "--reason", "spelling", "--holder", "سامي فؤاد", "--out", out)
    assert size(logged) == 4
    assert (out / f"{number}-1.png").exists()
    last = stored.read(logged.locations.store / "log")
    assert last is not None and last.checkpoint.size == 4


def test_the_log_s_keys_are_unlocked_once(logged: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlocking takes half a second by design."""
    unlocked: list[bytes] = []
    unlock = Custody.log_signers

    def counted(self: Custody, passphrase: bytes, *listed: Collection[str] | None) -> tuple[NoteSigner, ...]:
        unlocked.append(passphrase)
        return unlock(self, passphrase, *listed)

    monkeypatch.setattr(Custody, "log_signers", counted)
    logged.run("issue", logged.write("three.csv", rows(3)), "--out", logged.folder / "out", "--output", "png")
    assert (size(logged), len(unlocked)) == (3, 1)


def test_without_them_codes_wait_for_the_publisher(logged: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate.Gate, "open", _impatient(gate.Gate.open))
    without_log_keys(logged)
    out, file = logged.folder / "out", logged.write("three.csv", rows(3))
    assert "release_missing" in logged.run("issue", file, "--out", out, exit_code=2).output  # before anything is sealed
    logged.run("audit", "release", file, now=None)
    said = logged.run("issue", file, "--out", out, "--output", "png").output
    assert "3 issued" in said and "3 licenses without codes and cards" in said and "سجل الأختام" in said
    assert not out.exists()
    paper = logged.folder / "paper.pdf"
    number = "ALX-MN1-2026-0000001"
    with logged.locations.engine() as engine, engine.connect() as connection:
        (number,) = connection.exec_driver_sql("SELECT number FROM license ORDER BY id LIMIT 1").scalars().all()
    for words in (("office", "paper", number, "--out", paper, "--by", "amal"), ("license", "show", number, "--out", out)):
        now = None if words[0] == "license" else "2026-11-24T12:00:00Z"
        assert "log_awaited" in logged.run(*words, now=now, exit_code=2).output
    assert not out.exists() and not paper.exists()
    (logged.folder / "publisher").rename(logged.locations.keys / log_keys.FOLDER)
    assert "log/checkpoint" in logged.run("publish").output
    without_log_keys(logged)
    logged.run("issue", file, "--out", out, "--output", "png")  # which makes what is missing
    assert len(list(out.iterdir())) == 3 == size(logged)


def _impatient(open_: object) -> object:
    def quick(self: gate.Gate, positions: object) -> object:
        from dataclasses import replace

        return open_(replace(self, wait_seconds=0.1), positions)  # type: ignore[operator]

    return quick


def test_a_house_without_a_log_goes_on_as_before(office: Office) -> None:
    out = office.folder / "out"
    office.run("issue", office.write("three.csv", rows(3)), "--out", out, "--output", "png")
    assert len(list(out.iterdir())) == 3
    assert office.run("publish").output.count("log/checkpoint") == 0
    assert not (office.locations.published / "log").exists()
    assert not Path(office.locations.store).exists()


def test_a_publisher_that_follows_enters_a_license_within_a_minute(logged: Office) -> None:
    """As a house runs it: the publisher is a process of its own, and whoever issues has no key of the log and waits a minute at most."""
    with logged.locations.engine(create=True):
        pass
    process = logged.start("publish", "--follow", "--every", "0.2", now=None)
    try:
        assert process.stdout is not None
        assert "log/checkpoint" in process.stdout.readline()
        without_log_keys(logged)
        file = logged.write("three.csv", rows(3))
        logged.run("audit", "release", file, now=None)
        said = logged.run("issue", file, "--out", logged.folder / "out", "--output", "png", now=None).output
        assert "without codes" not in said
        assert len(list((logged.folder / "out").iterdir())) == 3 == size(logged)
        process.send_signal(signal.SIGTERM)
        _, faults = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, faults) == (0, "")
