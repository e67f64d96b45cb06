"""A forgotten KHATM_GOVERNORATE: keys and lists of Giza are here, the process works for Alexandria. What meets them refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result

import khatm
from governorate import folder
from governorate.errors import SENTENCES
from office.desk.app import create_app
from office.desk.environment import Variables, settings_of
from tests.governorate import giza
from tests.house.commands_doc import inner
from tests.issuer.offices import Office, furnish, make_keys
from tests.issuer.offices import row as licensed_row
from web.moments import Moment

GIZA = giza.governorate()
#: Commands that work by no governorate's files beside keys or lists of one, each with the reason.
APART = {
    "as": "runs another command as its program, which asks for itself",
    "backup create": "copies what is there, whosever it is",
    "backup identity": "makes a key for backups",
    "backup restore": "puts back what was copied, whosever it is",
    "backup verify": "looks at a file",
    "database check": "tables, whoever's they are",
    "database upgrade": "tables, whoever's they are",
    "export": "copies signed files, whosever they are",
    "follow": "whose files they are the pinned root says; another's are refused (tests/verifier/following)",
    "van enrol": "a laptop's: it takes the office's own word for whose it is, and no pack of another",
    "van file": "a laptop's: what it sends the office judges, which asks by its own lists",
    "van pack": "a laptop's: another governorate's pack is not taken (tests/office/van)",
    "van serve": "a laptop's: it works by the governorate in its pack",
    "demo": "makes its own keys, by this process's governorate",
    "doctor": "looks at what is there, whosever it is, and changes nothing",
    "fork settle": "whose a log is, the trust list says",
    "fork show": "looks at what a verifier kept",
    "governorate check": "looks at a folder, before there are keys",
    "keys authority change": "what it changes to is said by its options",
    "keys compromise": "changes what the key store says",
    "keys init": "makes keys, by this process's governorate or the one that is named",
    "keys approvals": "changes what the key store says",
    "keys check": "looks at key files, whosever they are",
    "keys log acts": "of the hosts that the key store names",
    "keys part": "copies from the key store what one program needs",
    "keys roster show": "shows what was signed",
    "keys roster sign": "of the governorate that the key store names",
    "keys list": "shows what the key store says",
    "keys log add": "of the hosts that the key store names",
    "keys log new": "of the hosts that the key store names",
    "keys log list": "shows what the key store says",
    "keys log retire": "changes what the key store says",
    "keys log witnesses": "changes what the key store says",
    **{
        f"keys {role} {verb}": "changes what the key store says"
        for role in ("status", "receipts", "notices", "log", "authority")
        for verb in ("add", "renew", "retire", *(() if role == "authority" else ("compromise",)))
        if (role, verb) not in (("authority", "add"), ("log", "add"), ("log", "retire"))
    },
    **{
        f"keys root {verb}": "of the governorate that the root's documents name"
        for verb in ("create", "join", "handover", "cosign", "install", "show")
    },
    "keys roster cosign": "of the governorate that the roster names",
    "keys pkcs11 check": "looks at the keys of a token, whosever they are",
    "keys pkcs11 generate": "makes a key in a token",
    "keys pkcs11 list": "shows the keys of a token",
    "keys passphrase": "protects keys, whosever they are",
    "keys request": "of the governorate that the key store names",
    "keys root sign": "of the governorate that the root's lists name",
    "keys accept": "of the governorate that the root's lists name",
    "keys status void": "changes what the key store says",
    "keys trust-list sign": "of the governorate that the key store names",
    "map check": "looks at a file of streets",
    "map index": "names of a file of streets, wherever they are",
    "map make": "cuts streets by this process's governorate, and reads no keys",
    "map invent": "makes streets that are nowhere",
    "office documents copy": "copies what lies in a store, whosever it is",
    "office applicants init": "makes a file of keys, whosever the applicants are",
    "office applicants new-key": "adds a key to such a file",
    "scan": "whose a license is, the trust list says",
    "setup": "makes its own keys, by this process's governorate",
    "token": "verifies nothing",
    "verify": "whose a license is, the trust list says",
    **dict.fromkeys(
        (f"witness {word}" for word in ("follow", "init", "serve", "status")),
        "sees heads of logs by keys pinned by hand",
    ),
}
#: Commands of keys that read the governorate's files.
OF_KEYS = {"keys authority add", "keys update"}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by its words."""

    def under(group: click.Group, words: str) -> Iterator[tuple[str, click.Command]]:
        for name, each in inner(group):
            if isinstance(each, click.Group):
                yield from under(each, f"{words}{name} ")
            else:
                yield f"{words}{name}", each

    return under(khatm.main, "")


#: Inspections stand apart, with a database and a key of their own; tests/inspections/test_commands.py asks the same of them.
BESIDE = "inspections "

MEETING = {words: command for words, command in commands() if words not in APART and not words.startswith(BESIDE)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("made")
    make_keys(where, GIZA)
    return where


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Office:
    """Giza's keys and its published trust list, without a register."""
    return furnish(tmp_path / "office", made, str(tmp_path / "office/register.sqlite"))


def run(office: Office, words: str, *more: str) -> Result:
    """Run a command with something for each of its arguments and needed options."""
    command, options = MEETING[words], office.options
    if words in OF_KEYS:
        options = ["--keys", str(office.folder / "keys"), "--passphrase-file", str(office.folder / "passphrase")]
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and parameter.required:
            options = [*options, _of(parameter, office)]
        elif parameter.required or parameter.name in ("provider_file", "gateway"):
            options = [*options, parameter.opts[-1], _of(parameter, office)]
    once = ["--once"] if any(parameter.name == "once" for parameter in command.params) else []
    return CliRunner().invoke(khatm.main, [*words.split(), *options, *once, *more], catch_exceptions=False)


def _of(parameter: click.Parameter, office: Office) -> str:
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    if isinstance(parameter.type, Moment):
        return "2026-11-24T12:00:00+02:00"
    if isinstance(parameter.type, click.Path):
        return str(office.folder / "rows.csv")
    return "1" if parameter.type is click.INT else "MN1"


def held(where: Path) -> dict[str, bytes]:
    """Every file beneath a folder."""
    return {str(path.relative_to(where)): path.read_bytes() for path in where.rglob("*") if path.is_file()}


def test_every_command_was_thought_of() -> None:
    there = dict(commands())
    assert APART.keys() <= there.keys() and MEETING.keys() >= OF_KEYS
    for words, command in MEETING.items():
        named = {parameter.name for parameter in command.params}
        assert words in OF_KEYS or {"register", "keys", "published"} <= named, words


@pytest.mark.parametrize("words", MEETING)
def test_another_governorate_s_keys_and_lists_are_refused_before_anything_is_written(
    words: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(office.folder)
    monkeypatch.setattr("os.execve", _served)
    office.write("rows.csv", [licensed_row()])
    before = held(office.folder)
    told = run(office, words)
    assert told.exit_code == 2, told.output
    assert SENTENCES.both("governorate_other", "ALX, GIZ") in told.output
    assert held(office.folder) == before


@pytest.mark.parametrize("words", sorted(MEETING.keys() - OF_KEYS))
def test_what_has_no_trust_list_says_what_it_lacks(words: str, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office.folder)
    monkeypatch.setattr("os.execve", _served)
    office.write("rows.csv", [licensed_row()])
    (office.folder / "published/trust-list").unlink()
    try:
        told = run(office, words).output
    except _ServedError:
        return
    assert "governorate_other" not in told, told


class _ServedError(Exception):
    """A server would have begun."""


def _served(*_: Any) -> None:
    raise _ServedError


def test_with_its_folder_named_they_work(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = office.write("rows.csv", [licensed_row()])
    named = ("--governorate", str(giza.make(tmp_path / "giza")))
    monkeypatch.setenv(folder.SETTING, "")  # so that what the option sets ends with the test
    told = CliRunner().invoke(khatm.main, [*named, *office.words("issue", file, "--no-output")])
    assert told.exit_code == 0 and "1 issued" in told.output, told.output


def test_the_office_answers_nothing_once_another_governorate_s_lists_are_there(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may have begun before there was a list."""
    monkeypatch.setenv("KHATM_OFFICE_REGISTER", office.register)
    monkeypatch.setenv("KHATM_OFFICE_PUBLISHED", str(office.folder / "published"))
    monkeypatch.setenv("KHATM_OFFICE_ROOT", str(office.folder / "keys/root.jwk"))
    with office.locations.engine(create=True):
        pass
    client = create_app(settings_of(Variables())).test_client()
    for path in ("/", "/sign-in", "/centre/sign-in", "/centre/"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        sentences = SENTENCES["governorate_other"]
        assert all(part in answer.get_data(as_text=True) for part in ("KHATM_GOVERNORATE", sentences["ar"].split("؛")[0])), path
    assert client.get("/health/ready").json == {"status": "governorate_other", "warnings": []}
    assert client.get("/health/live").status_code == 200
    assert client.get("/robots.txt").status_code == 200


def test_the_template_s_examples_are_of_the_loaded_governorate(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folder.SETTING, str(giza.make(tmp_path / "giza")))
    make_keys(tmp_path / "own")
    here = furnish(tmp_path / "here", tmp_path / "own", str(tmp_path / "here/register.sqlite"))
    path = here.folder / "t.xlsx"
    here.run("issue", "--template", path)
    cells = [str(cell.value) for line in openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=2, max_row=3) for cell in line]
    assert "محل بالجيزة" in cells and "حي تجريبي أول" in cells and not any("المنتزه" in cell for cell in cells)
    assert "2 rows: 2 would be issued, 0 issued before, 0 refused\n" in here.run("issue", "--check", path).output
