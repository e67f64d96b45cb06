"""The commands as an operator types them: people, devices, a phone's file, judging again, and the server itself."""

from __future__ import annotations

import http.client
import json
import re
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from governorate.folder import SETTING
from inspections.commands import inspections_
from inspections.devices import records
from inspections.visits import photographs
from seal.trust import moment
from tests.altered import altered
from tests.conftest import ROOT
from tests.governorate import giza
from tests.house.commands_doc import inner
from tests.inspections.phone import Answer, Phone, Send
from tests.inspections.street import Street
from tests.inspections.test_database import run
from tests.inspections.test_evaluation import publish, scan
from tests.inspections.test_intake import code
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS, start


def words(street: Street) -> tuple[str, ...]:
    return ("--database", street.locations.database, "--files", str(street.locations.files))


def lists(street: Street) -> tuple[str, ...]:
    return ("--published", str(street.world.folder), "--root", str(street.world.root_file))


def test_people_are_made_and_only_with_roles_of_the_street(street: Street) -> None:
    told = run("account", "add", "hoda", "--display", "هدى", "--role", "MN1:supervisor", "--role", "MN1:police", *words(street))
    assert re.fullmatch(r"hoda: open /inspections/welcome/[\w-]{43} within three days; it works once\.\n", told)
    assert "MN1:police, MN1:supervisor" in run("account", "list", *words(street))
    for role in ("MN1:clerk", "MN1:king"):
        assert "inspector, supervisor, police, administrator" in run(
            "account", "roles", "hoda", "--role", role, *words(street), exit_code=2
        )
    assert "authority_unknown" in run("account", "roles", "hoda", "--role", "XX:police", *words(street), exit_code=2)


def test_a_device_is_enrolled_listed_suspended_and_lost(street: Street) -> None:
    street.account("amal", ("MID", "inspector"))
    made, text = run(
        "device", "code", "amal", "MID", "--address", "https://khatm.example/", "--now", iso(street.now), *words(street)
    ).split()
    assert text == f"KHATM-ENROL:1:https://khatm.example:{made.replace('-', '')}"
    phone = Phone(street.phone(street.account("omar", ("MID", "inspector"))).send, now=street.now)
    assert phone.enrol(made)[0] == 201
    kid = phone.kid.hex()
    assert re.search(rf"^{kid}  amal +MID  active", run("device", "list", *words(street)), re.MULTILINE)
    assert "suspended" in run("device", "suspend", kid, *words(street))
    assert "device_state" in run("device", "suspend", kid, *words(street), exit_code=2)
    assert "active" in run("device", "resume", kid, *words(street))
    assert "lost" in run("device", "lost", kid, "--since", iso(street.now - 60), *words(street))
    assert "device_state" in run("device", "resume", kid, *words(street), exit_code=2)
    assert "device_unknown" in run("device", "lost", "ff", *words(street), exit_code=2)
    with street.engine.connect() as connection:
        device = records.by_kid(connection, phone.kid)
        assert [each.kind for each in records.history(connection, device.id)] == ["enrolled", "suspended", "active", "lost"]
    assert device.state_at == street.now - 60


def test_a_phone_s_file_is_imported_once_and_what_is_wrong_in_it_is_told(street: Street, phone: Phone, tmp_path: Path) -> None:
    street.account("hoda", ("MID", "supervisor"))
    kept = [phone.record(photographs=1) for _ in range(3)]
    phone.put(*kept[0])
    file = tmp_path / "khatm-inspections.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for hash_, data in phone.photographs.items():
            archive.writestr(f"photographs/{hash_.hex()}.jpg", data)
        for name, message in kept:
            archive.writestr(f"inspections/{name.hex()}.cose", message)
    asked = ("import", file, "--by", "hoda", "--now", iso(street.now), *words(street), *lists(street))
    assert run(*asked) == "5 new, 1 known, 0 refused\n"
    assert run(*asked) == "0 new, 6 known, 0 refused\n"
    phone.sync()
    assert phone.outbox == [] and phone.head.sequence == 3
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("inspections/changed.cose", altered(kept[0][1]))
        archive.writestr("photographs/x.jpg", b"<svg>")
        archive.writestr("../../etc/passwd", b"x")
    told = run(*asked, exit_code=1)
    assert {"inspections/changed.cose: signature_invalid", "photographs/x.jpg: picture_format", "../../etc/passwd: media_type"} <= set(
        told.splitlines()
    )
    with street.engine.connect() as connection:
        assert photographs.orphans(connection) == ()


def test_only_a_supervisor_imports_and_only_what_is_a_phone_s_file(street: Street, phone: Phone, tmp_path: Path) -> None:
    street.account("hoda", ("MID", "supervisor"))
    file = tmp_path / "x.zip"
    file.write_bytes(b"PK\3\4rubbish")
    assert "import_refused" in run("import", file, "--by", "amal", *words(street), *lists(street), exit_code=2)
    assert "account_unknown" in run("import", file, "--by", "nobody", *words(street), *lists(street), exit_code=2)
    assert "import_unreadable" in run("import", file, "--by", "hoda", *words(street), *lists(street), exit_code=2)
    assert "path_missing" in run("import", tmp_path / "none.zip", "--by", "hoda", *words(street), *lists(street), exit_code=2)
    one = tmp_path / "one.cose"
    one.write_bytes(phone.record()[1])
    assert run("import", one, "--by", "hoda", "--now", iso(street.now), *words(street), *lists(street)) == "1 new, 0 known, 0 refused\n"


def test_judging_again_says_what_changed(street: Street, phone: Phone) -> None:
    text = street.world.seal(street.world.license())
    phone.put(*scan(phone, text))
    street.world.statuses[street.world.given] = 1
    publish(street, street.now + 1800)
    asked = ("evaluate", "--now", iso(street.now + 1900), *words(street), *lists(street))
    assert run(*asked) == "1 judged again: 1 revoked_about_scan; 0 photographs without an inspection removed\n"
    assert run(*asked).startswith("0 judged again;")
    (street.world.folder / "empty").mkdir()
    nothing = ("--published", str(street.world.folder / "empty"), "--root", str(street.world.root_file))
    assert "lists_missing" in run("evaluate", *words(street), *nothing, exit_code=2)


@pytest.mark.parametrize("what", ["key", "database", "checklists"])
def test_serving_without_what_it_needs_is_refused_in_a_sentence(
    street: Street, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if what == "checklists":
        monkeypatch.setenv(SETTING, str(tmp_path))
        assert "rules_unreadable" in run("serve", *words(street), exit_code=2)
    elif what == "key":
        street.locations.server_key.unlink()
        assert "server_key_missing" in run("serve", *words(street), exit_code=2)
    else:
        assert "database_missing" in run("serve", "--database", str(street.locations.files / "none.sqlite"), exit_code=2)


@pytest.mark.parametrize("command", ["serve", "evaluate", "import"])
def test_another_governorate_s_lists_are_refused(
    street: Street, phone: Phone, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forgotten KHATM_GOVERNORATE: nothing is judged, told or taken in by the wrong names and checklists."""
    street.account("hoda", ("MID", "supervisor"))
    file = tmp_path / "one.cose"
    file.write_bytes(phone.record()[1])
    monkeypatch.setenv(SETTING, str(giza.make(tmp_path / "giza")))
    more = (file, "--by", "hoda") if command == "import" else ()
    assert "governorate_other" in run(command, *more, *words(street), *lists(street), exit_code=2)
    assert code(phone.contact()) == (503, "governorate_other")
    assert code(phone.put(*phone.record())) == (503, "governorate_other")


def taking_codes() -> Iterator[tuple[str, ...]]:
    """Every command for people and devices, with its arguments."""
    for group in ("account", "device"):
        for name, command in inner(dict(inner(inspections_))[group]):
            yield (group, name, *("0" * 32 for each in command.params if isinstance(each, click.Argument)))


@pytest.mark.parametrize("command", list(taking_codes()), ids=lambda command: " ".join(command[:2]))
def test_people_and_devices_are_of_this_governorate(
    street: Street, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(giza.make(tmp_path / "giza")))
    more = ("--display", "x") if command[1] == "add" else ()
    assert "governorate_other" in run(*command, *more, *words(street), *lists(street), exit_code=2)


def test_people_may_come_before_the_first_list_but_a_named_folder_has_to_be_there(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("account", "add", "hoda", "--display", "هدى", *words(street))
    told = run("account", "list", *words(street), "--published", str(tmp_path / "none"), exit_code=2)
    assert "path_missing" in told


def test_gunicorn_serves_it(street: Street, phone: Phone) -> None:
    """The real server, started as an operator does; a phone of the street speaks with it."""
    port = free_port()
    options = [*words(street), *lists(street), "--bind", f"127.0.0.1:{port}", "--plain-http"]
    server = start([sys.executable, "-c", "import khatm; khatm.main()", "inspections", "serve", *options], cwd=ROOT, stdout=-3, stderr=-3)
    try:
        send = waiting(port)
        assert send("GET", "/inspections/health/ready", b"", {}) == (200, {"status": "ready", "warnings": []})
        phone.send = send
        name, message = phone.record()
        assert phone.put(name, message)[0] == 201
        assert phone.put(name, message)[0] == 200
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


def waiting(port: int) -> Send:
    """Send to a server once it is there."""

    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for _ in range(600):
                try:
                    connection.connect()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    return send


def iso(seconds: int) -> str:
    return f"{moment(seconds):%Y-%m-%dT%H:%M:%SZ}"
