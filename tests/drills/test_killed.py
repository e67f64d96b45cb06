"""`kill -9` in each command that writes keys, publishes, backs up or recovers: at every file that it puts into its place.

After each kill what was there is whole, and the same command again comes to its end.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from keys.custody import Custody
from seal import claims, wire
from tests.issuer import offices
from tests.issuer.dying import die_at, start
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows
from tests.office.recovery.conftest import lost_once
from tests.office.recovery.house import Lost, at, begun, brought_back
from web import clock

__all__ = ["lost_once"]
_MOST = 60
PLACING = ("pathlib:Path.replace", "os:link")


def killed_everywhere(words: list[str], whole: Callable[[], object], function: str, *, stride: int = 1) -> int:
    """Run a command and kill it before and after the first call of what places a file, then of a later one, and so on to its end.

    `whole` looks after each kill. Returns how often it was killed.
    """
    kills = 0
    for call in range(1, _MOST, stride):
        for when in ("before", "after"):
            pid = start(words, lambda c=call, w=when: agreeing(function, c, w))  # type: ignore[misc]
            _, how = os.waitpid(pid, 0)
            if not os.WIFSIGNALED(how):
                assert os.waitstatus_to_exitcode(how) == 0, f"{words} failed in call {call}, {when}"
                return kills
            assert os.WTERMSIG(how) == signal.SIGKILL
            kills += 1
            whole()
    raise AssertionError("it never came to an end")


def agreeing(function: str, call: int, when: str) -> None:
    """Die there; until then say yes to whatever is asked. Each run is some seconds later than the one before, as people's are."""
    later = clock.seconds() + 2 * call + (when == "after")
    clock.seconds = lambda: later  # of this process alone
    sys.stdin = io.StringIO("y\n" * 100)
    die_at(function, call, when)


def ends(words: list[str]) -> str:
    """Run a command to its end in this process."""
    ran = CliRunner().invoke(khatm.main, words)
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.fixture(scope="module")
def house(made_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Both logs, three licenses, published."""
    folder = tmp_path_factory.mktemp("killed")
    return begun(offices.furnish(folder, made_keys, str(folder / "register.sqlite")))


@pytest.fixture
def office(house: Office, tmp_path: Path) -> Office:
    shutil.copytree(house.folder, tmp_path / "house")
    return Office(tmp_path / "house", str(tmp_path / "house/register.sqlite"))


KEYS: dict[str, tuple[str, ...]] = {
    "authority": ("authority", "add", "MN1", "--yes"),
    "receipts": ("receipts", "add"),
    "notices": ("notices", "add", "--authority", "MN1"),
    "log": ("log", "add"),
    "trust-list": ("trust-list", "sign", "--published", "PUBLISHED"),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_store_is_whole_wherever_a_command_dies(office: Office, name: str) -> None:
    keys, secret = office.locations.keys, office.folder / "passphrase"
    meant = {"PUBLISHED": str(office.locations.published), "PASSPHRASE": str(secret)}
    words = ["keys", *(meant.get(word, word) for word in KEYS[name]), "--keys", str(keys), "--passphrase-file", str(secret)]

    def whole() -> None:
        custody = Custody(keys)
        for role in ("license", "status"):
            for kid in custody.kids(role):
                custody.signer(kid, PASSPHRASE)
        custody.log_signers(PASSPHRASE)
        assert not office.lists().faults

    kills = sum(killed_everywhere(words, whole, function) for function in PLACING)
    assert kills > 0
    ends(["keys", "list", "--keys", str(keys)])
    assert not [path.name for path in keys.rglob(".new-*")], "what killed runs began is cleared away"


def test_a_key_store_that_was_begun_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    words = ["keys", "init", "--keys", str(tmp_path / "keys"), "--host", "khatm.example", "--passphrase-file", str(tmp_path / "passphrase")]
    for call in (1, 2, 3):
        pid = start(words, lambda c=call: die_at(PLACING[0], c, "before"))  # type: ignore[misc]
        _, how = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(how):
            break
    ran = CliRunner().invoke(khatm.main, words)
    assert ran.exit_code in (0, 2) and "Traceback" not in ran.output
    if ran.exit_code == 2:  # it says what lies there, and another place serves
        assert str(tmp_path / "keys") in ran.output
        ends([*words[:3], str(tmp_path / "again"), *words[4:]])


@pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.long)])
def test_published_files_are_whole_wherever_a_publisher_dies(office: Office, stride: int) -> None:
    office.run("issue", office.write("more.csv", rows(2, first=40)), "--no-output", now=at(SECONDS + 600))
    words = office.words("publish", now=at(SECONDS + 700))

    def whole() -> None:
        lists = office.lists()
        assert not lists.faults and lists.log is not None and lists.log.size in (3, 5)

    assert killed_everywhere(words, whole, PLACING[0], stride=stride) >= 20 // stride
    assert office.lists().log is not None and office.lists().log.size == 5  # type: ignore[union-attr]
    assert ", 0 findings" in office.run("audit", "verify", now=None).output


def test_a_backup_is_there_whole_or_not_at_all(office: Office) -> None:
    where, file = office.locations, office.folder / "backups" / "one"
    file.parent.mkdir()
    options = ["--register", office.register, "--published", str(where.published), "--log-store", str(where.store)]

    def whole() -> None:
        if file.exists():
            ends(["backup", "verify", str(file)])
            file.unlink()

    kills = 0
    for function in ("os:fsync", *PLACING):
        kills += killed_everywhere(["backup", "create", str(file), *options], whole, function)
        whole()
    ends(["backup", "create", str(file), *options])
    assert kills > 0 and [path.name for path in file.parent.iterdir()] == ["one"], "no plain copy is left by who was killed"


def test_a_recovery_is_done_or_not_begun(lost_once: Lost, tmp_path: Path) -> None:
    shutil.copytree(lost_once.office.folder, tmp_path / "house")
    with brought_back(Office(tmp_path / "house", str(tmp_path / "house/register.sqlite")), "") as office:
        house = lost_once._replace(office=office)
        words = office.words("register", "recover", now=at(SECONDS + 20 * 3600))
        for function in ("issuer.recovery.carrying:carry", "office.recovery.serials:leave_out", "issuer.guard.state:forget"):
            for when in ("before", "after"):
                _, how = os.waitpid(start(words, lambda f=function, w=when: die_at(f, 1, w)), 0)  # type: ignore[misc]
                assert os.WIFSIGNALED(how), f"{function}, {when}"
        assert "3 lost" in house.run("register", "recover").output
        assert ", 0 findings" in house.audit()
        house.run("register", "adopt", *house.texts.values())
        assert all(claims.from_bytes(wire.token(text).payload) for text in house.texts.values())
