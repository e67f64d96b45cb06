"""What root restores belongs to whom the places belong to: a program finds its files as it left them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import khatm
from office.backup import owners, working
from office.backup.errors import SENTENCES
from office.backup.places import Places
from tests.conftest import unavailable

WORKER, WEB, GROUP, NOBODY = 60_701, 60_702, 60_703, 65_534
DOCUMENT = b"a citizen's paper"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a register, a document two folders deep, published files and a photograph."""
    for name in ("documents/64/aa", "published/status/1", "files/photographs/ab/cd", "files/server-key.pem"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(DOCUMENT)
    with sqlite3.connect(tmp_path / "register.sqlite") as database:
        database.execute("CREATE TABLE license (number TEXT)")
    database.close()
    where = Places(str(tmp_path / "register.sqlite"), None, tmp_path / "published", None, tmp_path / "documents", tmp_path / "files")
    working.create(tmp_path / "backup", where, now=1)
    return tmp_path / "backup"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Path]:
    """Empty folders as the package makes them."""
    if os.geteuid() != 0:
        unavailable("only root gives files away")
    house = tmp_path / "house"
    for name, user, group, mode in (
        ("register", WORKER, GROUP, 0o2770),
        ("documents", WEB, GROUP, 0o2770),
        ("published", WORKER, WORKER, 0o755),
        ("inspections", WEB, WEB, 0o2770),
    ):
        (house / name).mkdir(parents=True)
        os.chown(house / name, user, group)
        (house / name).chmod(mode)
    yield house


def restored(backup: Path, house: Path) -> Result:
    places = {"register": "register/register.sqlite", "documents": "documents", "published": "published", "files": "inspections/files"}
    words = [word for name, path in places.items() for word in (f"--{name}", str(house / path))]
    done = CliRunner().invoke(khatm.main, ["backup", "restore", str(backup), *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done


def whose(path: Path) -> tuple[int, int, str]:
    found = path.stat()
    return found.st_uid, found.st_gid, oct(stat.S_IMODE(found.st_mode))


def test_each_file_and_folder_is_its_program_s_with_the_rights_that_it_needs(backup: Path, house: Path) -> None:
    before = os.umask(0o077)
    try:
        done = restored(backup, house)
    finally:
        os.umask(before)
    assert done.exit_code == 0, done.output
    assert {str(path.relative_to(house)): whose(path) for path in house.rglob("*") if path.name != "house"} == {
        "register": (WORKER, GROUP, "0o2770"),
        "register/register.sqlite": (WORKER, GROUP, "0o660"),
        "documents": (WEB, GROUP, "0o2770"),
        "documents/64": (WEB, GROUP, "0o2770"),
        "documents/64/aa": (WEB, GROUP, "0o600"),
        "published": (WORKER, WORKER, "0o755"),
        "published/status": (WORKER, WORKER, "0o755"),
        "published/status/1": (WORKER, WORKER, "0o644"),
        "inspections": (WEB, WEB, "0o2770"),
        "inspections/files": (WEB, WEB, "0o2770"),
        "inspections/files/server-key.pem": (WEB, WEB, "0o600"),
        "inspections/files/photographs": (WEB, WEB, "0o2770"),
        "inspections/files/photographs/ab": (WEB, WEB, "0o2770"),
        "inspections/files/photographs/ab/cd": (WEB, WEB, "0o600"),
    }
    assert f"{house}/documents: {WEB}:{GROUP}" in done.output and "restore_owner" not in done.output


def test_who_is_not_root_is_told_whose_it_is_now(backup: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        unavailable("only root becomes somebody else")
    place = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own is closed to other users
    shutil.copy(backup, place / "backup")
    os.chown(place, WEB, GROUP)
    place.chmod(0o777)
    (place / "backup").chmod(0o644)
    os.seteuid(NOBODY)
    try:
        done = CliRunner().invoke(khatm.main, ["backup", "restore", str(place / "backup"), "--register", str(place / "register.sqlite")])
    finally:
        os.seteuid(0)
    assert done.exit_code == 0, done.output
    assert all(SENTENCES.say("restore_owner", language) in done.output for language in ("ar", "en"))
    assert (place / "register.sqlite").stat().st_uid == NOBODY
    shutil.rmtree(place)


def test_in_a_folder_of_root_s_nothing_becomes_open(backup: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        unavailable("only root")
    before = os.umask(0o077)
    try:
        done = CliRunner().invoke(khatm.main, ["backup", "restore", str(backup), "--documents", str(tmp_path / "new")])
    finally:
        os.umask(before)
    assert done.exit_code == 0 and whose(tmp_path / "new") == (0, 0, "0o700"), done.output


def test_what_a_link_leads_to_is_nobody_s_to_take(tmp_path: Path) -> None:
    """Who owns a folder could put a link into it while root restores."""
    if os.geteuid() != 0:
        unavailable("only root gives files away")
    (tmp_path / "shadow").write_text("secret")
    place = tmp_path / "place"
    place.mkdir()
    (place / "aa").symlink_to(tmp_path / "shadow")
    with pytest.raises(OSError, match="symbolic"):
        owners.give(owners.Owner(WEB, GROUP, 0o2770), place, [place / "aa"])
    assert (tmp_path / "shadow").stat().st_uid == 0
