"""Database errors are told apart by their codes, on real databases, whatever the text says and in whatever language."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from storage import postgresql
from storage.database import opening
from storage.errors import StorageError, disk
from storage.faults import DATABASE_ERRORS, refusal, sqlstate
from tests.conftest import unavailable

NOBODY = 65534
ENGLISH = "database is locked: deadlock, lock timeout, disk is full, disk I/O, unable to open, could not connect"


def code_after(engine: Engine, *statements: str) -> str:
    """The code of what the statements, in one transaction, end in."""
    with pytest.raises(DBAPIError) as refused, engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    return refusal(refused.value).code


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    with opening(str(tmp_path / "some.sqlite"), create=True) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE note (words TEXT)"))
        yield engine
    engine.dispose()


@pytest.fixture
def server(postgres_database: str) -> Iterator[Engine]:
    with opening(postgres_database, create=True) as engine:
        yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("55P03", "database_locked"),
        ("40P01", "database_locked"),
        ("40001", "database_locked"),
        ("53100", "disk_full"),
        ("58030", "disk"),
        ("53300", "database_unreachable"),
        ("57P01", "database_unreachable"),
        ("57P03", "database_unreachable"),
        ("08006", "database_unreachable"),
        ("28000", "database_unreachable"),
        ("25006", "database_unreachable"),
        ("42501", "permission"),
        ("P0001", "database_unreadable"),
        ("42P01", "database_unreadable"),
    ],
)
@pytest.mark.parametrize("words", ["Die Ressource ist nicht verfügbar", "المورد غير متاح", ENGLISH])
def test_a_server_s_error_is_told_by_its_state_not_its_words(server: Engine, state: str, code: str, words: str) -> None:
    assert code_after(server, f"DO $$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = '{state}'; END $$") == code


def test_a_lock_that_is_held_is_busy(server: Engine) -> None:
    with server.begin() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(1)"))
        assert code_after(server, "SET LOCAL lock_timeout = 20", "SELECT pg_advisory_xact_lock(1)") == "database_locked"


def test_a_server_that_sends_us_away_is_not_reached(server: Engine) -> None:
    assert code_after(server, "SELECT pg_terminate_backend(pg_backend_pid())") == "database_unreachable"


def test_a_statement_s_words_are_no_fault_of_the_database(server: Engine, sqlite: Engine) -> None:
    for engine in (server, sqlite):
        assert code_after(engine, 'SELECT * FROM "disk is full, connect, locked"') == "database_unreadable"


def test_sqlite_that_another_writes_is_busy(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "BUSY_SECONDS", 0.05)
    with opening(str(sqlite.url.database), create=False) as other, sqlite.begin():
        assert code_after(other, "INSERT INTO note VALUES ('x')") == "database_locked"
    other.dispose()


def test_sqlite_without_room_is_full(sqlite: Engine) -> None:
    assert code_after(sqlite, "PRAGMA max_page_count = 3", "INSERT INTO note VALUES (zeroblob(100000))") == "disk_full"


def test_a_file_that_is_no_database_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "locked disk is full.sqlite"
    path.write_bytes(b"PK\x03\x04 a workbook, not a database " * 200)
    with pytest.raises(StorageError, match="database_unreadable"), opening(str(path), create=False) as engine, engine.connect():
        pass


@pytest.mark.parametrize(
    ("of_file", "of_folder"), [(0o444, 0o555), (0o444, 0o777), (0o666, 0o555), (0o000, 0o777), (0o666, 0o444)], ids=oct
)
def test_rights_that_are_missing_are_told_as_that_with_the_file(sqlite: Engine, of_file: int, of_folder: int) -> None:
    """Whoever reads that the database cannot be reached looks for a server, and there is none."""
    sqlite.dispose()
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own is closed to other users
    path = folder / "some.sqlite"
    shutil.copy(str(sqlite.url.database), path)
    path.chmod(of_file)
    folder.chmod(of_folder)
    us = os.geteuid()
    if us == 0:
        os.seteuid(NOBODY)  # nothing is read-only to root
    try:
        with pytest.raises((StorageError, PermissionError)) as told, opening(str(path), create=False) as engine, engine.begin() as found:
            found.execute(text("INSERT INTO note VALUES ('x')"))
    finally:
        os.seteuid(us)
        folder.chmod(0o755)
        shutil.rmtree(folder)
    if isinstance(told.value, StorageError):
        assert (told.value.code, told.value.detail) == ("permission", str(path))
    else:  # the folder may not even be looked into
        assert of_folder == 0o444 and disk(told.value) == "permission" and told.value.filename == str(path)


def test_a_file_of_a_disk_that_is_read_only_is_told_as_that(sqlite: Engine, tmp_path: Path) -> None:
    """To root too."""
    sqlite.dispose()
    mounted = tmp_path / "disk"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "khatm", mounted], check=False, capture_output=True).returncode:
        unavailable("no right to mount a disk")
    try:
        path = mounted / "some.sqlite"
        shutil.copy(str(sqlite.url.database), path)
        with opening(str(path), create=False) as engine, engine.begin() as found:
            found.execute(text("INSERT INTO note VALUES ('x')"))
        engine.dispose()
        subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
        with pytest.raises(StorageError) as told, opening(str(path), create=False) as engine, engine.begin() as found:
            found.execute(text("INSERT INTO note VALUES ('y')"))
    finally:
        subprocess.run(["umount", "-l", mounted], check=True)
    assert (told.value.code, told.value.detail) == ("read_only", str(path))


def test_a_file_with_all_its_rights_is_not_said_to_lack_them(tmp_path: Path) -> None:
    (tmp_path / "some.sqlite").mkdir()
    with pytest.raises(StorageError) as told, opening(str(tmp_path / "some.sqlite"), create=False) as engine, engine.connect():
        pass
    assert (told.value.code, told.value.detail) == ("database_unreachable", "")


def test_sqlite_by_itself_is_told_alike(tmp_path: Path) -> None:
    """Backups and audits open files without SQLAlchemy: a full disk there is a full disk, and no traceback."""
    with closing(sqlite3.connect(tmp_path / "some.sqlite", isolation_level=None)) as file:
        file.executescript("CREATE TABLE note (said BLOB); PRAGMA max_page_count = 3")
        with pytest.raises(DATABASE_ERRORS) as refused:
            file.execute("INSERT INTO note VALUES (zeroblob(100000))")
    assert (refusal(refused.value).code, sqlstate(refused.value)) == ("disk_full", "SQLITE_FULL")
