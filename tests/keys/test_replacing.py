"""Each role's keys by commands: added, renewed with an overlap, retired, marked as stolen; lifetimes; bad input; killed in between."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import khatm
from keys import pem
from keys.custody import Custody
from seal import days
from tests.keys.ceremonies import SECRET, House, contents
from web import clock

DAY = 86_400
#: Roles with the words before their verbs and what a command needs besides; each has one key in the house below.
ROLES = {
    "license": ("authority", "MN1"),
    "status": ("status",),
    "receipt": ("receipts",),
    "notice": ("notices", "--authority", "GOV"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = House.create(tmp_path_factory.mktemp("made") / "house")
    for words in (("authority", "add", "MN1"), ("receipts", "add"), ("notices", "add", "--authority", "GOV")):
        house.keys(*words, *house.with_secret)
    house.ceremony("first")
    return house.folder


@pytest.fixture
def house(made: Path, tmp_path: Path) -> House:
    shutil.copytree(made, tmp_path / "house")
    return House(tmp_path / "house")


def renew(house: House, role: str, *more: str, **how: object) -> str:
    group, *needed = ROLES[role]
    return house.keys(group, "renew", *needed, *house.with_secret, *more, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ROLES)
def test_a_new_key_has_what_the_old_one_had_and_the_old_one_ends_after_the_overlap(house: House, role: str) -> None:
    (old,) = house.custody().kids(role)
    before = house.trust().keys[old]
    said = renew(house, role, "--overlap", "10", "--until", "2031-03-31")
    new = house.custody().kids(role)[0]
    assert f"key {new.hex()} in the place of {old.hex()}" in said
    screen = house.ceremony()
    assert f"key {old.hex()} of {before.authority} ({role}): may sign until" in screen
    keys = house.trust().keys
    assert keys[old].not_after == house.trust().issued_at + 10 * DAY and keys[old].state == "active"
    for name in ("roles", "authority", "name", "types", "state"):
        assert getattr(keys[new], name) == getattr(before, name)
    assert [key.area and key.area.ring for key in (keys[new], before)] == [before.area and before.area.ring] * 2
    assert days.last_day_of(keys[new].not_after) == date(2031, 3, 31)
    house.ceremony("again")
    assert house.trust().keys[old].not_after == keys[old].not_after, "the next list moves it no further"


@pytest.mark.parametrize("role", ROLES)
def test_the_old_key_may_have_a_last_day(house: House, role: str) -> None:
    (old,) = house.custody().kids(role)
    last = days.day_of(house.trust().issued_at + 40 * DAY)
    renew(house, role, "--overlap", str(last))
    house.ceremony()
    assert days.last_day_of(house.trust().keys[old].not_after) == last


@pytest.mark.parametrize("role", ROLES)
def test_a_key_that_no_list_has_had_is_used_by_nobody_and_can_be_taken_out(house: House, role: str) -> None:
    before = contents(house.office)
    (old,) = house.custody().kids(role)
    renew(house, role)
    new, custody = house.custody().kids(role)[0], house.custody()
    assert custody.in_force(role, house.trust(), now=house.trust().issued_at) == [old]
    said = house.keys(ROLES[role][0], "retire", new.hex())
    assert "no list has had it" in said
    assert not (house.office / f"{new.hex()}.pem").exists() and house.custody().kids(role) == [old]
    assert contents(house.office).keys() == before.keys()


@pytest.mark.parametrize("role", ["license", "receipt", "notice"])
def test_a_retired_key_signs_no_more_from_that_moment(house: House, role: str) -> None:
    (old,) = house.custody().kids(role)
    house.keys(ROLES[role][0], "retire", old.hex())
    assert house.custody().in_force(role, house.trust(), now=house.trust().issued_at) == []
    house.ceremony()
    assert house.trust().keys[old].state == "retired"
    assert "key_unknown" in renew(house, role, exit_code=2) or role == "license"


def test_the_last_status_key_is_not_retired_before_another_is_published(house: House) -> None:
    before = contents(house.office)
    assert "key_last" in house.keys("status", "retire", "01", exit_code=2)
    assert contents(house.office) == before
    renew(house, "status")
    assert "key_last" in house.keys("status", "retire", "01", exit_code=2), "the new one is not published yet"
    house.ceremony()
    house.keys("status", "retire", "01")
    (new,) = house.custody().in_force("status", house.trust(), now=house.trust().issued_at + 1)
    assert new != b"\1"


@pytest.mark.parametrize("role", ["status", "receipt", "notice"])
def test_a_stolen_key_is_believed_no_more_and_another_takes_its_place(house: House, role: str) -> None:
    (old,) = house.custody().kids(role)
    group, *needed = ROLES[role]
    house.keys(group, "compromise", old.hex())
    assert house.custody().kids(role) == []
    house.keys(group, "add", *needed, *house.with_secret, "--years", "5")
    house.ceremony()
    (new,) = house.custody().kids(role)
    keys = house.trust().keys
    assert (keys[old].state, keys[new].state) == ("compromised", "active")
    assert "key_not_active" in house.keys(group, "retire", old.hex(), exit_code=2), "and never better again"


def test_the_log_s_keys_overlap_and_then_the_old_ones_leave(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    old = house.trust().log
    assert old is not None
    house.keys("log", "renew", *house.with_secret, "--overlap", "20")
    assert len(house.custody().log_signers(SECRET, old.keys)) == 3, "the new ones wait for the list"
    house.ceremony()
    both = house.trust().log
    assert both is not None and both.keys[:3] == old.keys and len(both.keys) == 6
    assert len(house.custody().log_signers(SECRET, both.keys)) == 6
    later = clock.seconds() + 21 * DAY
    monkeypatch.setattr(clock, "seconds", lambda: later)
    screen = house.ceremony("later")
    after = house.trust().log
    assert after is not None and after.keys == both.keys[3:] and screen.count("log of seals: key gone") == 3
    assert [each.key.vkey() for each in house.custody().log_signers(SECRET, after.keys)] == list(after.keys)


def test_a_stolen_key_of_the_log_leaves_at_once(house: House) -> None:
    house.keys("log", "add", *house.with_secret)
    stolen = [entry["vkey"].split("+")[1] for entry in house.custody().policy["log"]["keys"][:3]]
    for key_id in stolen:
        house.keys("log", "compromise", key_id)
    house.ceremony()
    log = house.trust().log
    assert log is not None and len(log.keys) == 3 and not any(vkey.split("+")[1] in stolen for vkey in log.keys)
    assert "log_key_last" not in house.keys("log", "compromise", log.keys[0].split("+")[1])


def test_keys_of_the_log_that_no_list_names_sign_nothing(house: House) -> None:
    house.keys("log", "add", *house.with_secret)
    custody = house.custody()
    for entry in custody.policy["log"]["keys"][:3]:
        entry["state"] = "retired"
    log = house.trust().log
    assert log is not None
    with pytest.raises(Exception, match="log_key_unlisted"):
        custody.log_signers(SECRET, log.keys)


def test_an_authority_s_name_types_and_area_reach_the_list(house: House) -> None:
    house.keys("authority", "change", "MN1", "--name-en", "First Montaza", "--yes", *house.with_secret)
    assert "First Montaza" in house.ceremony()
    (kid,) = house.custody().kids("license")
    assert house.trust().keys[kid].name["en"] == "First Montaza"
    house.keys("authority", "change", "MN1", "--type", "shop", "--replace-keys", "--yes", *house.with_secret)
    assert "active  ->  retired" in house.ceremony("types")
    (new,) = house.custody().kids("license")
    assert set(house.trust().keys[new].types) == {"shop"} and set(house.trust().keys[kid].types) > {"shop"}


BAD = {
    "a day that is over": ("status", "add", "--until", "2020-01-01"),
    "a day in a hundred years": ("status", "add", "--until", "2126-01-01"),
    "no day": ("status", "add", "--until", "soon"),
    "too many years": ("status", "add", "--years", "11"),
    "both": ("status", "add", "--years", "2", "--until", "2031-01-01"),
    "no overlap": ("status", "renew", "--overlap", "a while"),
    "an overlap that is over": ("status", "renew", "--overlap", "2020-01-01"),
    "a negative one": ("status", "renew", "--overlap", "-3"),
    "an authority that is none": ("authority", "renew", "XX9"),
    "another role's key": ("receipts", "compromise", "01"),
    "no key": ("status", "compromise", "zz"),
    "nothing": ("notices", "retire", ""),
    "a path": ("status", "retire", "../root"),
    "no log key": ("log", "compromise", "0badcafe"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_line_and_changes_nothing(house: House, what: str) -> None:
    before = contents(house.folder)
    secret = house.with_secret if BAD[what][1] in ("add", "renew") else []
    ran = house.invoke(*BAD[what], *secret, exit_code=2)
    assert "Error: " in ran.stderr.splitlines()[-1]
    assert contents(house.folder) == before


def test_key_files_that_others_may_read_are_refused_for_every_role(house: House) -> None:
    custody = house.custody()
    for role in ROLES:
        (kid,) = custody.kids(role)
        path = house.office / f"{kid.hex()}.pem"
        path.chmod(0o640)
        with pytest.raises(Exception, match="key_open_to_others"):
            custody.signer(kid, SECRET)
        path.chmod(0o600)
        custody.signer(kid, SECRET)
    for path in sorted((house.office / "log").iterdir()):
        path.chmod(0o604)
        with pytest.raises(Exception, match="key_open_to_others"):
            custody.log_signers(SECRET)
        path.chmod(0o600)
    (house.root / "root.pem").chmod(0o644)
    file = house.request()
    before = contents(house.root)
    assert "key_open_to_others" in house.sign(file, exit_code=2)
    assert contents(house.root) == before, "no number is taken"


def _killed(words: list[str], where: Callable[[], None], standard_input: str = "") -> bool:
    """Run a command in a forked process that kills itself at its n-th file that takes its place. Say whether it came to that."""
    read, write = os.pipe()
    os.write(write, standard_input.encode())
    os.close(write)
    pid = os.fork()
    if pid == 0:
        try:
            sys.stdin = os.fdopen(read)
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            where()
            khatm.main(words, standalone_mode=False)
        finally:
            os._exit(0)
    os.close(read)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _at(place: int) -> Callable[[], None]:
    """Kill at the n-th rename or removal of a file, before it is done."""

    def prepare() -> None:
        count, rename, unlink = [0], Path.replace, Path.unlink

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def tried(self: Path, *more: object, **options: object) -> object:
                if not (real is unlink and not self.exists()):
                    count[0] += 1
                    if count[0] == place:
                        os.kill(os.getpid(), signal.SIGKILL)
                return real(self, *more, **options)

            return tried

        Path.replace = counted(rename)  # type: ignore[assignment, method-assign]
        Path.unlink = counted(unlink)  # type: ignore[assignment, method-assign]

    return prepare


@pytest.mark.parametrize("place", range(1, 5))
def test_killed_anywhere_a_command_is_done_or_not_begun(house: House, place: int) -> None:
    """Renew, then request, sign and accept, each killed at its n-th file and run again: no number twice, no key half there."""
    (old,) = house.custody().kids("status")
    at = ["--keys", str(house.office)]
    assert _killed(["keys", "status", "renew", *house.with_secret, *at], _at(place)) or place > 1
    kids = house.custody().kids("status")
    assert ("ends" in house.custody().policy["keys"]["01"]) == (len(kids) == 2), "both or none"
    if len(kids) == 1:
        renew(house, "status")
    request = house.folder / "request"
    assert _killed(["keys", "request", "--published", str(house.published), "--to", str(request), *at], _at(place)) or place > 1
    house.request()
    signing = ["keys", "root", "sign", str(request), *house.with_secret, "--keys", str(house.root)]
    assert _killed(signing, _at(place), "y\n" * 20) or place > 1
    house.sign(request)
    assert _killed(["keys", "accept", f"{request}.signed", "--published", str(house.published), *at], _at(place)) or place > 1
    assert house.trust().sequence in (1, 2)
    house.accept(request)
    assert (house.trust().sequence, house.custody().policy["sequence"], len(house.trust().keys)) == (2, 2, 5)
    assert list(house.folder.rglob(".new-*")) == []
    for kid in house.custody().kids("status"):
        house.custody().signer(kid, SECRET)
    assert old in house.custody().kids("status")


@pytest.mark.parametrize("place", range(1, 7))
def test_killed_while_a_key_store_is_founded_there_is_none(tmp_path: Path, place: int) -> None:
    secret = tmp_path / "passphrase"
    secret.write_bytes(SECRET)
    words = ["keys", "init", "--host", "khatm.example", "--keys", str(tmp_path / "keys"), "--passphrase-file", str(secret)]
    assert _killed(words, _at(place))
    there = (tmp_path / "keys/policy.json").exists()
    if not there:
        assert not (tmp_path / "keys").exists()
        khatm.main(words, standalone_mode=False)
    custody = Custody(tmp_path / "keys")
    assert len(custody.kids("status")) == 1 and len(custody.log_signers(SECRET)) == 3
    assert isinstance(pem.read_private(tmp_path / "keys/root.pem", SECRET), object)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys", "passphrase"]
