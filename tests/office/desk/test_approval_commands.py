"""From two administrators' passkeys to a roster, and to a trust list that has decisions signed: the commands, as their pages tell them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
import published
from acts import roster
from keys.custody import ROSTER
from office.doctor.commands import Places, look
from office.doctor.findings import Finding, Level
from tests.issuer.offices import SECONDS, Office
from tests.office.applications.conftest import Keys
from tests.office.desk.house import House
from tests.office.desk.keyed import ORIGIN, keyed
from tests.office.desk.rostered import Rostered


@pytest.fixture
def office(tmp_path: Path, unlocked: Keys) -> Office:
    """An office with two administrators who have passkeys, hoda and karim, and no roster yet."""
    made, clerk, _ = unlocked
    folder, register = tmp_path / "office", str(tmp_path / "register.sqlite")
    shutil.copytree(made, folder)
    house = House(folder, register, clerk, origin=ORIGIN)
    first = house.staff("first", ("*", "administrator"))
    for name in ("hoda", "karim"):
        keyed(house, name, first, ("*", "administrator"))
    house.close()
    return Office(folder, register)


def keys(office: Office, *words: str, exit_code: int = 0) -> str:
    """A command of the root's machine, which knows no register."""
    folder = ["--keys", str(office.folder / "keys")]
    secret = ["--passphrase-file", str(office.folder / "passphrase")] if words[1:2] == ("sign",) else []
    ran = CliRunner().invoke(khatm.main, ["keys", *words, *folder, *secret], input="y\n" * 99 if words[0] == "trust-list" else None)
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def request(office: Office, origin: str = ORIGIN) -> Path:
    said = office.run("office", "approvals", "request", "--origin", origin, now=None)
    path = office.folder / "request.json"
    path.write_text(said.stdout, "utf-8")
    return path


def test_from_two_passkeys_to_signed_decisions(office: Office) -> None:
    path = request(office)
    signed = keys(office, "roster", "sign", str(path), "--account", "hoda", "--account", "karim", "--yes")
    shown = keys(office, "roster", "show")
    for each in json.loads(path.read_text("utf-8"))["passkeys"]:
        assert each["account"] in shown
    assert signed.splitlines()[2:4] == shown.splitlines()[2:4], "the same fingerprints"
    keys(office, "approvals", "passkey")
    keys(office, "trust-list", "sign", "--published", str(office.folder / "published"))
    trust = published.trust_list(office.folder / "published", root=published.read_root(office.folder / "keys/root.jwk"))
    assert trust.approvers == 2
    told = office.run("office", "approvals", "check", now=None, exit_code=1).output
    assert "mode: passkey, 2 people" in told and "administrators: hoda, karim" in told
    assert "Fewer people can sign" in told, "nobody decides yet"
    keys(office, "approvals", "session")
    keys(office, "trust-list", "sign", "--published", str(office.folder / "published"))
    assert "mode: session" in office.run("office", "approvals", "check", now=None).output


def test_there_is_no_mode_passkey_without_a_roster(office: Office) -> None:
    assert "roster of the first administrators" in keys(office, "approvals", "passkey", exit_code=2)


@pytest.mark.parametrize("accounts", [("hoda",), ("hoda", "hoda"), ("hoda", "nobody")], ids="-".join)
def test_one_person_makes_no_roster(office: Office, accounts: tuple[str, ...]) -> None:
    named = [word for each in accounts for word in ("--account", each)]
    keys(office, "roster", "sign", str(request(office)), *named, "--yes", exit_code=2)
    assert not (office.folder / "keys" / ROSTER).exists()


def test_what_is_no_request_or_of_another_deployment_is_not_signed(office: Office) -> None:
    path = request(office)
    held = json.loads(path.read_text("utf-8"))
    both = ("--account", "hoda", "--account", "karim", "--yes")
    other = (json.dumps(held | change) for change in ({"passkeys": [{}]}, {"deployment": "ALX-0"}))
    for text in ("", "[]", "{}", "[" * 100_000, *other, " " * 2_000_000):
        path.write_text(text, "utf-8")
        said = keys(office, "roster", "sign", str(path), *both, exit_code=2)
        assert "Traceback" not in said and not (office.folder / "keys" / ROSTER).exists()


@pytest.mark.parametrize(
    "origin", ["", "office.example", "http://office.example", "https://192.0.2.1", "https://office.example/x", "https://"]
)
def test_an_address_that_no_passkey_is_good_for_is_refused(office: Office, origin: str) -> None:
    office.run("office", "approvals", "request", "--origin", origin, now=None, exit_code=2)
    office.run("office", "serve", "--origin", origin or "x", now=None, exit_code=2)


def test_a_newer_roster_counts_up(office: Office) -> None:
    path = request(office)
    for sequence in (1, 2):
        keys(office, "roster", "sign", str(path), "--account", "hoda", "--account", "karim", "--yes")
        root = published.read_root(office.folder / "keys/root.jwk")
        assert roster.verify((office.folder / "keys" / ROSTER).read_bytes(), root=root).sequence == sequence


def test_who_may_sign_is_told(tmp_path: Path, unlocked: Keys) -> None:
    made = Rostered(tmp_path, unlocked, str(tmp_path / "register.sqlite"))
    made.join("laila", ("MN1", "manager"), by=("hoda",))
    told = made.furnished.run("office", "approvals", "check", now=None).output
    assert "vouched: mona, omar" in told and "unvouched: laila" in told
    (made.folder / "keys" / ROSTER).unlink()
    assert "roster of the first administrators" in made.furnished.run("office", "approvals", "check", now=None, exit_code=1).output


def doctor(office: Office) -> dict[str, Finding]:
    """What `khatm doctor` finds, by what it looked at."""
    where = office.locations
    places = Places(office.register, where.keys, where.published, where.keys / "root.jwk", where.store, None)
    return {each.subject: each for each in look(places, now=SECONDS)}


def test_the_doctor_says_how_decisions_are_made(tmp_path: Path, unlocked: Keys) -> None:
    made = Rostered(tmp_path, unlocked, str(tmp_path / "register.sqlite"))
    assert (doctor(made.furnished)["approvals"].code, doctor(made.furnished)["approvals"].detail) == ("approvals_fine", "2 / 2")
    made.mode(3)
    assert (doctor(made.furnished)["approvals"].code, doctor(made.furnished)["approvals"].level) == ("approvals_few_people", Level.NOW)
    made.mode(0)
    assert doctor(made.furnished)["approvals"].code == "approvals_session"
    hoda = made.visitors["hoda"]
    hoda.get("/centre/passkeys")
    hoda.post("/centre/passkeys/1/remove", 303)
    told = doctor(made.furnished)["approvals"]
    assert (told.code, told.level) == ("approvals_one_administrator", Level.FINE)
    assert "by session only" in told.told()
    made.mode(2)
    assert doctor(made.furnished)["approvals"].level == Level.NOW
