"""`khatm as`: a command by hand has what the units have, and nothing that is typed is lost."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import khatm
from deploy.by_hand import completed, places, settings
from deploy.errors import SENTENCES, SetupError
from deploy.places import USERS, House
from tests.conftest import ROOT
from tests.deploy import units
from web.later import Later

HOUSE = House(Path("/"), one_user=False)
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


@pytest.mark.parametrize("line", ["backup restore x", "keys list", "setup", "verify x", "demo", "nothing"])
def test_what_works_on_nothing_of_this_machine_s_is_refused(line: str) -> None:
    """A restore goes to new places, and the key store is nowhere on the machine."""
    with pytest.raises(SetupError) as refused:
        made("publisher", line)
    assert refused.value.code == "as_unknown" and all(SENTENCES.say("as_unknown", language) for language in ("ar", "en"))


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
