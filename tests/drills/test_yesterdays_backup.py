"""Somebody brings back last night's backup of the register. What was given since hangs in the street: nothing may be given twice.

The mechanism, moment by moment, is held by tests/issuer/test_log.py, tests/office/recovery and docs/adr/0049, 0067; here is the story.
"""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from issuer.register import positions
from keys.custody import Custody
from seal import wire
from tests.issuer.logs import with_log
from tests.issuer.offices import HOST, Office, rows


@pytest.fixture
def morning_after(office: Office) -> Office:
    """Three licenses, a backup in the evening, two more after it, that hang; in the morning the backup is brought back."""
    with_log(office)
    register, backup = Path(office.register), office.folder / "backup.sqlite"
    office.run("issue", office.write("evening.csv", rows(3)), "--out", office.folder / "out", "--output", "png")
    gc.collect()  # a file is put by and replaced whole only where nothing of this process has it open
    shutil.copy(register, backup)
    office.run("issue", office.write("night.csv", rows(2, first=10)), "--out", office.folder / "out", "--output", "png")
    gc.collect()
    for leftover in register.parent.glob(f"{register.name}-*"):
        leftover.unlink()
    shutil.copy(backup, register)
    return office


def given(office: Office) -> list[str]:
    with office.locations.engine() as engine, engine.connect() as connection:
        return [wire.write(message, HOST) for _, message in positions.sealed(connection, 0, positions.following(connection))]


def test_it_is_stopped_and_no_number_is_used_twice(morning_after: Office) -> None:
    hanging = sorted(path.name for path in (morning_after.folder / "out").iterdir())
    assert len(hanging) == 5 and len(given(morning_after)) == 3
    kid = Custody(morning_after.locations.keys).kids("license", "MN1")[0].hex()
    file = morning_after.write("new.csv", rows(1, first=50))
    for words in (("issue", file, "--no-output"), ("publish",), ("keys", "compromise", kid)):
        said = morning_after.run(*words, exit_code=2).output
        assert "register_behind_log" in said and "3 < 5" in said, words
    assert len(given(morning_after)) == 3, "nothing was numbered"
    assert Custody(morning_after.locations.keys).policy["keys"][kid]["state"] == "active"


def test_what_hangs_stays_valid_meanwhile(morning_after: Office) -> None:
    """Verifiers have the published files, which nobody took back."""
    lists = morning_after.lists()
    assert lists.log is not None and lists.log.size == 5 and not lists.faults
    for text in given(morning_after):
        assert morning_after.verdict(text, log=lists.log, check_site=False).decision == "valid"


def test_it_is_recovered_and_every_lost_license_is_read_back_in(morning_after: Office) -> None:
    texts = given(morning_after)
    hanging = sorted((morning_after.folder / "out").iterdir())
    said = morning_after.run("register", "recover").output
    assert "the register has 3, the log 5: 2 lost" in said and "2 seals lost, not yet adopted: positions 3, 4" in said
    assert "findings" in morning_after.run("audit", "verify", now=None).output
    morning_after.run("publish")
    lists = morning_after.lists()
    assert lists.log is not None and lists.log.size == 5 and not lists.faults
    said = morning_after.run("register", "adopt", *hanging).output
    assert said.count("read back in") == 2 and said.count("adopt_known") == 3 and "0 seals lost, not yet adopted" in said
    assert len(given(morning_after)) == 5 and given(morning_after)[:3] == texts
    morning_after.run("publish")
    for text in given(morning_after):
        assert morning_after.verdict(text, log=morning_after.lists().log, check_site=False).decision == "valid"
    assert ", 0 findings" in morning_after.run("audit", "verify", now=None).output
    morning_after.run("issue", morning_after.write("new.csv", rows(1, first=50)), "--no-output")
    assert len(set(given(morning_after))) == 6
