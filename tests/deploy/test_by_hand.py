"""`khatm as`: a command by hand has what the units have, and nothing that is typed is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import khatm
from deploy.by_hand import PROGRAMS, allow, completed, mask, places, settings
from deploy.errors import SENTENCES, SetupError
from deploy.places import USERS, House
from tests.conftest import ROOT
from tests.deploy import units
from web.later import Later

HOUSE = House(Path("/"), one_user=False)
#: The users whose commands may be run by hand, and units that are run as one of them beside its own.
BY_HAND = {**USERS, "inspections": "khatm-inspections", "witness": "khatm-witness"}
OTHERS = {"khatm-doctor", "khatm-sender", "khatm-poller", "khatm-deliver"}
SAID = units.variables(ROOT / "deploy/etc/khatm.conf")


def made(program: str, line: str, descriptor: int | None = None) -> list[str]:
    return completed(khatm.main, line.split(), places(HOUSE, program, SAID), descriptor)


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("publisher", "doctor"),
        ("publisher", "audit verify"),
        ("publisher", "audit show seal 4711"),
        ("worker", "database upgrade"),
        ("worker", "license show ALX-MN1-2026-0000001-M"),
        ("worker", "issue --check licenses.xlsx"),
        ("web", "office payments reconcile yesterday.csv --day 2026-11-29"),
        ("worker", "office account list"),
        ("web", "office messages list --state waiting"),
        ("root", "privacy retention --lang en"),
        ("root", "privacy looks --case APP-MN1-2026-000001-A"),
        ("publisher", "register recover"),
        ("inspections", "inspections account list"),
        ("inspections", "inspections database check"),
    ],
)
def test_each_is_told_where_everything_is_and_the_command_understands_it(program: str, line: str) -> None:
    words = made(program, line, 3 if program in ("worker", "publisher") else None)
    typed = iter(words)
    assert all(word in typed for word in line.split()), "what was typed is there, in its order"
    group, context, rest = khatm.main, click.Context(khatm.main, info_name="khatm"), words
    while isinstance(group, click.Group):
        found = group.get_command(context, rest[0])
        assert found is not None
        group = found.real() if isinstance(found, Later) else found
        context = click.Context(group, parent=context, info_name=rest[0])
        rest = group.make_parser(context).parse_args(args=rest[1:])[1]
    database = SAID["INSPECTIONS"] if program == "inspections" else SAID["REGISTER"]
    assert database in words
    assert ("--passphrase-fd" in words) == (program in ("worker", "publisher") and "database" not in words and words[0] != "doctor")


def test_what_is_typed_counts_more_and_stands_last() -> None:
    words = made("worker", "license show --register /tmp/other.sqlite X", 5)
    assert words.index("/tmp/other.sqlite") > words.index(SAID["REGISTER"])
    words = made("worker", "database check --register /tmp/other.sqlite")
    assert words == ["database", "check", "--register", SAID["REGISTER"], "--register", "/tmp/other.sqlite"]
    assert "--passphrase-fd" not in made("worker", "issue --passphrase-file mine file.csv", 5)


def test_each_program_has_its_own_keys_and_no_other_s() -> None:
    for program in USERS:
        told = places(HOUSE, program, SAID)
        assert told["--keys"] == f"/etc/khatm/keys/{program}"
        assert ("--applicants" in told) == (program == "web")
        assert "--inspections" not in told, "it is another user's"
        assert ("--backups" in told) == (program == "publisher"), "others may not look into that folder"


@pytest.mark.parametrize("line", ["backup restore x", "keys list", "setup", "verify x", "demo", "nothing"])
def test_what_works_on_nothing_of_this_machine_s_is_refused(line: str) -> None:
    """A restore goes to new places, and the key store is no program's."""
    with pytest.raises(SetupError) as refused:
        allow("publisher", line.split())
    assert refused.value.code == "as_unknown" and all(SENTENCES.say("as_unknown", language) for language in ("ar", "en"))


def test_the_key_store_is_root_s_and_finds_register_and_published_files_by_itself() -> None:
    allow("root", ["keys", "authority", "compromise", "01"])
    words = made("root", "keys authority compromise 01 --keys /media/stick/khatm-keys")
    assert words[-3:] == ["01", "--keys", "/media/stick/khatm-keys"] and words.count("--keys") == 1
    assert all(place in words for place in (SAID["REGISTER"], "/var/lib/khatm/published", "/var/lib/khatm/log-store"))
    assert made("root", "keys accept x.signed --keys /k")[:4] == ["keys", "accept", "--published", "/var/lib/khatm/published"]
    assert made("root", "keys list --keys /k") == ["keys", "list", "--keys", "/k"]


def test_a_witness_gets_its_passphrase_as_the_others_do() -> None:
    line = "witness init /var/lib/khatm/witness --name w.example/a"
    assert made("witness", line, 3) == [*line.split()[:2], "--passphrase-fd", "3", *line.split()[2:]]
    assert made("witness", "witness status /var/lib/khatm/witness", 3) == ["witness", "status", "/var/lib/khatm/witness"]


@pytest.mark.parametrize("program", [program for program in PROGRAMS if program != "root"])
def test_new_files_have_the_rights_that_the_unit_gives_them(tmp_path: Path, program: str) -> None:
    """There is one place for them: the unit, as it lies on the machine."""
    house = House(tmp_path, one_user=False)
    with pytest.raises(SetupError) as refused:
        mask(house, program)
    assert refused.value.code == "package_missing"
    shutil.copytree(units.FOLDER, house.units)
    run = {unit.user: unit for unit in units.services() if unit.said.get("Type") != ("oneshot",) and unit.name not in OTHERS}
    assert mask(house, program) == int(run[BY_HAND[program]].said["UMask"][0], 8)
    assert mask(house, "root") == 0o077


@pytest.mark.parametrize("line", ["license", "license nothing", "license --nothing show", "office account"])
def test_a_command_that_there_is_not_is_left_to_say_so_itself(line: str) -> None:
    words = made("worker", line)
    typed = iter(words)
    assert all(word in typed for word in line.split())


def test_a_machine_that_was_not_set_up_and_a_user_that_is_not_root_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SetupError) as refused:
        settings(House(tmp_path, one_user=False))
    assert refused.value.code == "not_set_up"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    said = CliRunner().invoke(khatm.main, ["as", "publisher", "doctor"])
    assert said.exit_code == 2 and SENTENCES.say("root_needed", "en") in said.output


def test_as_root_alone_nothing_of_a_program_s_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(House, "check", lambda _: None)
    said = CliRunner().invoke(khatm.main, ["as", "root", "publish"])
    assert said.exit_code == 2 and SENTENCES.say("as_root", "ar") in said.output
