"""`khatm doctor`: each look at an office that is well, and at what is wrong with one that is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

import khatm
import published
from keys import pem, policy
from office.doctor import commands, machine, metrics
from office.doctor.commands import Places
from office.doctor.findings import SENTENCES, Finding, Level, span
from office.messages.tables import messages
from seal import trust
from tests import processes
from tests.conftest import ROOT
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows
from web import clock as kept

DAY = 86_400


@pytest.fixture
def well(each_office: Office) -> Office:
    """An office with a log, three licenses in it, and its lists just published."""
    custody = each_office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    custody.publish_acts(lists_proven=True)
    published.write(each_office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    each_office.run("issue", each_office.write("three.csv", rows(3)), "--no-output")
    each_office.run("publish")
    (each_office.folder / "backups").mkdir()
    (each_office.folder / "backups" / "register.sqlite").write_bytes(b"backup")
    os.utime(each_office.folder / "backups" / "register.sqlite", (SECONDS, SECONDS))
    return each_office


def places(office: Office) -> Places:
    where = office.locations
    return Places(where.register, where.keys, where.published, where.keys / "root.jwk", where.store, office.folder / "backups")


def found(office: Office, *, now: int = SECONDS + 5) -> dict[str, Finding]:
    """Each finding by its code."""
    return {each.code: each for each in commands.look(places(office), now=now)}


def wrong(office: Office, *, now: int = SECONDS + 5) -> dict[str, Level]:
    """The codes of what is not fine, but for administrators, of whom tests have none, and the machine's own clock."""
    told = found(office, now=now)
    return {
        code: each.level
        for code, each in told.items()
        if each.level and code not in ("administrators_few", "clock_unsynchronised", "witnesses_none")
    }


def test_an_office_that_is_well_has_nothing_to_do(well: Office) -> None:
    assert wrong(well) == {}
    told = found(well)
    assert {"keys_fine", "status_lists_fine", "log_fine", "key_store_fine", "disk_fine", "backup_fine", "database_fine"} <= told.keys()
    assert {"register_fine", "work_fine", "messages_fine"} <= told.keys()
    assert told["log_fine"].detail.startswith("3,")


def test_nothing_changes_where_the_doctor_looks(well: Office) -> None:
    def state() -> dict[Path, tuple[int, bytes]]:
        files = [path for path in well.folder.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files if path.suffix not in (".sqlite-shm", ".sqlite-wal")}

    before = state()
    found(well)
    assert {path: data for path, (_, data) in state().items()} == {path: data for path, (_, data) in before.items()}


@pytest.mark.parametrize(("days", "level"), [(10, None), (17, Level.SOON), (28, Level.NOW), (31, Level.NOW)])
def test_a_trust_list_is_told_of_before_it_ends(well: Office, days: int, level: Level | None) -> None:
    told = wrong(well, now=SECONDS + days * DAY)
    code = "trust_list_ended" if days > 30 else "trust_list_ends"
    assert told.get(code) == level


def aged(office: Office, kid: bytes, *, left: int) -> None:
    """Let a key end, and sign a list that says so."""
    custody = office.locations.custody()
    custody.policy["keys"][kid.hex()]["not_after"] = SECONDS + left
    custody.save()
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 30)})


@pytest.mark.parametrize(
    ("left", "code", "level"),
    [
        (31 * DAY, None, None),
        (29 * DAY, "key_ends", Level.SOON),
        (13 * DAY, "key_ends", Level.NOW),
        (-DAY, "key_ended", Level.NOW),
        (-40 * DAY, None, None),
    ],
)
def test_a_key_is_told_of_thirty_and_fourteen_days_before_its_end(well: Office, left: int, code: str | None, level: Level | None) -> None:
    kid = well.locations.custody().kids("license", "MN1")[0]
    aged(well, kid, left=left)
    told = {each.code: each for each in commands.look(places(well), now=SECONDS + 5)}
    ends = [told[each] for each in ("key_ends", "key_ended") if each in told]
    assert [(each.code, each.level) for each in ends] == ([(code, level)] if code else [])
    assert all("MN1" in each.detail and kid.hex() in each.detail for each in ends)


def test_a_key_with_one_that_takes_over_is_nobody_s_concern(well: Office) -> None:
    custody = well.locations.custody()
    kid = custody.kids("license", "MN1")[0]
    custody.add(PASSPHRASE, {**custody.policy["keys"][kid.hex()], "not_before": SECONDS, "not_after": SECONDS + 400 * DAY})
    aged(well, kid, left=10 * DAY)
    assert "key_ends" not in found(well)


@pytest.mark.parametrize("command", [("publish",), ("issue",)])
def test_who_publishes_or_issues_is_told_too(well: Office, command: tuple[str, ...]) -> None:
    aged(well, well.locations.custody().kids("license", "MN1")[0], left=9 * DAY)
    words = [*command, well.write("more.csv", rows(1)), "--no-output"] if command == ("issue",) else list(command)
    told = well.run(*words)
    assert "key_ends" in told.stderr and "MN1" in told.stderr and "توشك" not in told.stdout
    assert "key_ends" not in told.stdout


def test_lists_age_and_go_stale_and_may_be_ahead(well: Office) -> None:
    assert found(well, now=SECONDS + 2 * DAY)["status_lists_ageing"].level is Level.SOON
    assert found(well, now=SECONDS + 8 * DAY)["status_lists_stale"].level is Level.NOW
    ahead = found(well, now=SECONDS - DAY)
    assert ahead["clock_disagrees"].level is Level.NOW and ahead["clock_behind"].level is Level.NOW


def test_one_signer_ahead_is_told_by_name(well: Office) -> None:
    well.run("publish", now=trust.moment(SECONDS + DAY).isoformat())
    ahead = found(well, now=SECONDS + 3600)
    assert ahead["status_list_ahead"].level is ahead["log_head_ahead"].level is Level.NOW
    assert "clock_disagrees" not in ahead and "publisher's is fast" in ahead["status_list_ahead"].told()


def _damaged(office: Office) -> None:
    (office.locations.published / "trust-list").write_bytes(b"\x81" * 5000)


def _no_root(office: Office) -> None:
    (office.locations.keys / "root.jwk").unlink()


def _forged_head(office: Office) -> None:
    path = office.locations.published / "log" / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n3\n", b"\n4\n"))


def _no_head(office: Office) -> None:
    shutil.rmtree(office.locations.published / "log")


def _no_store(office: Office) -> None:
    shutil.rmtree(office.locations.store)


def _open_key(office: Office) -> None:
    (office.locations.keys / "01.pem").chmod(0o644)


def _open_place(office: Office) -> None:
    (office.locations.keys / "77.pkcs11.json").write_text("{}")
    (office.locations.keys / "77.pkcs11.json").chmod(0o644)


def _open_holder(office: Office) -> None:
    (office.locations.keys / "holders" / "2").mkdir(parents=True, exist_ok=True)
    shutil.copy(office.locations.keys / "01.pem", office.locations.keys / "holders" / "2" / "root.pem")
    (office.locations.keys / "holders" / "2" / "root.pem").chmod(0o640)


def _open_folder(office: Office) -> None:
    office.locations.keys.chmod(0o777)


def _old_key(office: Office) -> None:
    path = office.locations.keys / "01.pem"
    key = pem.read_private(path, PASSPHRASE)
    protection = serialization.BestAvailableEncryption(PASSPHRASE)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection))


def _no_backup(office: Office) -> None:
    (office.folder / "backups" / "register.sqlite").unlink()


def _old_list(office: Office) -> None:
    (office.locations.published / "status" / "1").write_bytes(b"nothing")


def _no_proofs(office: Office) -> None:
    for path in (office.locations.published / "proofs").iterdir():
        path.unlink()


def _no_acts(office: Office) -> None:
    (office.locations.published / "acts" / "checkpoint").unlink()


@pytest.mark.parametrize(
    ("spoil", "code", "level"),
    [
        (_damaged, "trust_list_corrupt", Level.NOW),
        (_no_root, "root_missing", Level.NOW),
        (_forged_head, "log_head_wrong", Level.NOW),
        (_no_head, "log_unpublished", Level.NOW),
        (_no_store, "log_store_empty", Level.NOW),
        (_open_key, "key_open_to_others", Level.NOW),
        (_open_place, "key_open_to_others", Level.NOW),
        (_open_holder, "key_open_to_others", Level.NOW),
        (_open_folder, "folder_writable", Level.NOW),
        (_old_key, "key_protection_old", Level.SOON),
        (_no_backup, "backup_none", Level.NOW),
        (_old_list, "status_list_corrupt", Level.NOW),
        (_no_proofs, "status_list_unproven", Level.NOW),
        (_no_acts, "log_unpublished", Level.NOW),
    ],
)
def test_what_is_spoilt_is_told(well: Office, spoil: Callable[[Office], None], code: str, level: Level) -> None:
    spoil(well)
    told = found(well)
    assert told[code].level is level and "None" not in told[code].told()
    assert "database_fine" in told, "and the other looks are taken"


def test_a_restored_register_and_one_that_waits_are_told(well: Office) -> None:
    well.run("issue", well.write("more.csv", rows(5)), "--no-output")
    told = found(well)["register_fine"]
    assert [value.number for value in told.values[:2]] == [5, 2], "seals of a minute ago wait for the publisher"
    assert found(well, now=SECONDS + 400)["register_waits"].level is Level.SOON
    stored = places(well).store / "log"
    stored.write_bytes(stored.read_bytes().replace(b"\n3\n", b"\n9\n", 1))
    assert found(well)["register_behind_log"].level is Level.NOW


def test_messages_that_nobody_sends_are_told(well: Office) -> None:
    with well.locations.engine() as engine, engine.begin() as connection:
        columns = {
            column.name: _something(column)
            for column in messages.columns
            if not column.nullable and not column.primary_key and column.default is None
        }
        connection.execute(insert(messages).values(**columns | {"event": "a/issued", "state": "waiting", "enqueued_at": SECONDS - 2 * DAY}))
    told = found(well)
    assert told["messages_wait"].level is Level.NOW and "2 d" in told["messages_wait"].detail


def _something(column: object) -> object:
    kind = column.type.python_type  # type: ignore[attr-defined]
    return {str: "x", int: 1, bytes: b"x", bool: False}.get(kind, "x")


def test_a_database_that_is_not_there_or_older_is_told(well: Office, tmp_path: Path) -> None:
    nowhere = places(well)._replace(register=str(tmp_path / "nowhere.sqlite"))
    told = {each.code: each for each in commands.look(nowhere, now=SECONDS)}
    assert told["database_missing"].level is Level.NOW and "keys_fine" in told
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_the_command_tells_by_its_exit_code(well: Office) -> None:
    options = ["--register", well.register, "--keys", str(well.locations.keys), "--published", str(well.locations.published)]
    told = CliRunner().invoke(khatm.main, ["doctor", *options])
    assert told.exit_code in (1, 3) and "administrators_few" in told.stdout and "مدير" in told.stdout
    lines = CliRunner().invoke(khatm.main, ["doctor", *options, "--json"]).stdout.splitlines()
    assert {"subject", "level", "code", "detail", "values"} == set(json.loads(lines[0])) and len(lines) > 8
    assert CliRunner().invoke(khatm.main, ["doctor", "--listen", "nowhere"]).exit_code == 2


def test_a_monitor_reads_the_numbers(well: Office) -> None:
    text = metrics.text(commands.look(places(well), now=SECONDS + 5))
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["khatm_log_size"].samples[0].value == 3
    ends = {
        sample.labels["authority"]: sample.value
        for sample in families["khatm_key_ends_seconds"].samples
        if "license" in sample.labels["roles"]
    }
    assert len(ends) == 10 and min(ends.values()) > 30 * DAY
    assert families["khatm_register_positions"].samples[0].value == 3
    assert all(sample.value == 0 for sample in families["khatm_finding"].samples if sample.labels["code"].endswith("_fine"))


def test_the_numbers_are_served(office: Office) -> None:
    options = ["--register", office.register, "--keys", str(office.locations.keys), "--published", str(office.locations.published)]
    command = [sys.executable, "-c", "import khatm; khatm.main()", "doctor", *options, "--listen", "127.0.0.1:0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # noqa: TID251
    with processes.start(command, cwd=office.folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            where = process.stderr.readline().removeprefix("metrics at ").strip()
            with urllib.request.urlopen(where, timeout=60) as answer:
                assert b"khatm_worst" in answer.read()
        finally:
            process.terminate()


def test_a_clock_that_nobody_keeps_is_told_unless_it_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    for state, newest, code in (
        (True, 0, "clock_fine"),
        (False, SECONDS - 60, "clock_near_lists"),
        (False, 0, "clock_unsynchronised"),
        (None, SECONDS - 2 * 3600, "clock_unsynchronised"),
        (True, SECONDS + 3600, "clock_behind"),
    ):
        monkeypatch.setattr(kept, "synchronised", lambda state=state: state)
        assert machine.clock(newest, now=SECONDS).code == code


def test_the_kernel_is_asked() -> None:
    assert kept.synchronised() in (True, False, None)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((50 << 20, Level.NOW), (5 << 30, Level.SOON), (90 << 30, Level.FINE)):
        monkeypatch.setattr(
            machine.shutil, "disk_usage", lambda _, free=free: shutil._ntuple_diskusage(100 << 30, (100 << 30) - free, free)
        )  # type: ignore[attr-defined]
        (told,) = machine.disks({"published": tmp_path / "not" / "yet", "keys": tmp_path})
        assert told.level is level and "published, keys" in told.detail


def test_every_code_has_a_sentence_that_says_what_to_do() -> None:
    assert all(text["ar"] and text["en"] for text in SENTENCES.own.values())
    assert [span(seconds) for seconds in (0, 59, 60, 7199, 7200, 172_799, 172_800)] == [
        "0 min",
        "0 min",
        "1 min",
        "119 min",
        "2 h",
        "47 h",
        "2 d",
    ]


def test_marks_of_direction_are_read_by_the_terminal_and_a_stranger_s_are_shown() -> None:
    told = Finding("lost", Level.SOON, "licenses_lost", "2\u202e").told()
    assert "\u200ekhatm register lost\u200e" in told and "[U+200E]" not in told
    assert "2[U+202E]" in told
