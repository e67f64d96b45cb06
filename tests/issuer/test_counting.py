"""`khatm audit counts`: an authority hears how many seals the log has under its keys, whatever the database says."""

from __future__ import annotations

import base64
import csv
import json
from pathlib import Path

import pytest

import published
from keys import policy
from tests import by_hand
from tests.altered import altered
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, row, rows
from tests.issuer.test_proving import public_key

FIRST, SECOND = "2026-11-24T12:00:00+02:00", "2026-11-25T00:30:00+02:00"  # the second is still the first day in UTC


@pytest.fixture
def two_days(each_office: Office) -> Office:
    """Three licenses of MN1 and one of SHQ on one day, two of MN1 half an hour into the next."""
    office = each_office
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    other = row(authority="SHQ", trade_name="مكتبة الشرق", latitude="31.215001", longitude="29.952001")
    office.run("issue", office.write("first.csv", [*rows(3), other]), "--no-output", now=FIRST)
    office.run("issue", office.write("second.csv", rows(2, first=10)), "--no-output", now=SECOND)
    office.run("publish", now="2026-11-25T01:00:00+02:00")
    return office


def counted(office: Office, day: str, *more: str, exit_code: int = 0) -> dict[str, tuple[int, int]]:
    """Of each authority: seals of the day, and in all, as its CSV says."""
    out = office.folder / "counts"
    office.run("audit", "counts", "--day", day, "--out", out, *more, now=None, exit_code=exit_code)
    lines = list(csv.DictReader((out / f"{day}.csv").read_text("utf-8").splitlines()))
    told = json.loads((out / f"{day}.json").read_text("utf-8"))
    assert [(each["authority"], each["kid"], str(each["day"])) for each in told["keys"]] == [
        (each["authority"], each["kid"], each["seals_of_the_day"]) for each in lines
    ]
    return {each["authority"]: (int(each["seals_of_the_day"]), int(each["seals"])) for each in lines if each["seals"] != "0"}


def test_each_day_has_its_seals(two_days: Office) -> None:
    assert counted(two_days, "2026-11-23") == {"MN1": (0, 5), "SHQ": (0, 1)}
    assert counted(two_days, "2026-11-24") == {"MN1": (3, 5), "SHQ": (1, 1)}
    assert counted(two_days, "2026-11-25") == {"MN1": (2, 5), "SHQ": (0, 1)}


def test_the_note_is_signed_by_the_log_s_key(two_days: Office) -> None:
    counted(two_days, "2026-11-24")
    name, key, id_ = public_key(two_days)
    text, _, signatures = (two_days.folder / "counts/2026-11-24.note").read_text("utf-8").partition("\n\n")
    mark, signer, signature = signatures.strip().split(" ")
    data = base64.b64decode(signature)
    assert (mark, signer, data[:4]) == ("—", name, id_)
    key.verify(data[4:], f"{text}\n".encode())
    first, day, log, void, *lines = text.split("\n")
    assert (first, day, void) == (f"{name}/counts", "2026-11-24", "void 0 unknown 0")
    checkpoint = (two_days.locations.published / "log/checkpoint").read_text("utf-8").split("\n")
    assert log == f"{checkpoint[1]} {checkpoint[2]}"
    assert [line.split(" ")[2:] for line in lines if line.startswith("MN1 ")] == [["3", "5"]]


def test_a_database_that_was_tampered_with_hides_no_seal_and_adds_none(two_days: Office) -> None:
    """One row gone, one token changed, one row too many: the log has six seals, of which four are known."""
    with two_days.locations.engine() as engine:
        gone, changed = (ids[0] for ids in by_hand.run(engine, "SELECT id FROM seal ORDER BY id LIMIT 2")[0])
        empty = "x'00'" if engine.dialect.name == "sqlite" else "decode('00', 'hex')"
        by_hand.run(
            engine,
            f"UPDATE seal SET idx = 60000, list = 1 WHERE id = {gone}",
            f"UPDATE seal SET token = (SELECT token FROM seal WHERE id = {gone}) WHERE id = {changed}",
            f"UPDATE seal SET kid = {empty}",  # of which nobody takes anything
        )
    assert counted(two_days, "2026-11-24", exit_code=1) == {"MN1": (1, 3), "SHQ": (1, 1)}
    told = json.loads((two_days.folder / "counts/2026-11-24.json").read_text("utf-8"))
    assert (told["unknown"], told["log"]["size"]) == (2, 6)


def test_files_that_are_not_the_log_s_are_refused(two_days: Office) -> None:
    bundle: Path = next(path for path in (two_days.locations.published / "log/tile/entries").rglob("*") if path.is_file())
    bundle.write_bytes(altered(bundle.read_bytes()))
    said = two_days.run("audit", "counts", "--out", two_days.folder / "counts", now=None, exit_code=2).output
    assert "log_proof_fails" in said
    assert not (two_days.folder / "counts").exists()


def test_without_the_key_there_is_no_note(two_days: Office) -> None:
    counted(two_days, "2026-11-24", "--unsigned")
    assert {path.suffix for path in (two_days.folder / "counts").iterdir()} == {".csv", ".json"}
