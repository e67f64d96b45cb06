"""A copy of a database while others work on it, and a database of a copy."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from storage.database import is_pooled, url_of

from .errors import BackupError

SQLITE, POSTGRESQL = ".sqlite", ".dump"  # what the copies are called, behind the name of the database


def exists(text: str) -> bool:
    """Whether there is a database at a path; of a server only asking tells. Raises StorageError `database_url`."""
    url = url_of(text)
    return url.get_backend_name() == "postgresql" or Path(str(url.database)).is_file()


def file_of(text: str) -> Path | None:
    """Return the file that a database is; None for one of a server. Raises StorageError `database_url`."""
    url = url_of(text)
    return None if url.get_backend_name() == "postgresql" else Path(str(url.database))


def copy(text: str, folder: Path, name: str) -> Path:
    """Put a copy of the database at a path or URL into `folder`, as of one moment, and return it.

    Raises BackupError `backup_tool`, `database_pooled`; StorageError.
    """
    url = url_of(text)
    if url.get_backend_name() == "postgresql":
        _refuse_pooled(text)
        target = folder / f"{name}{POSTGRESQL}"
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
        return target
    target = folder / f"{name}{SQLITE}"
    with (
        closing(sqlite3.connect(f"file:{Path(str(url.database)).absolute()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as to,
    ):
        source.backup(to, pages=4096)
    return target


def check(path: Path) -> None:
    """Return if a copy can be read to its end. Raises BackupError `backup_damaged`, `backup_tool`."""
    if path.suffix == POSTGRESQL:
        _run("pg_restore", None, "--list", str(path))
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            (said,) = database.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError("backup_damaged", path.name) from error
    if said != "ok":
        raise BackupError("backup_damaged", path.name)


def refuse_used(text: str, suffix: str) -> None:
    """Return if a copy of the kind `suffix` may go to the place. Raises BackupError `backup_other_database`, `backup_target_used`."""
    url = url_of(text)
    if (url.get_backend_name() == "postgresql") != (suffix == POSTGRESQL):
        raise BackupError("backup_other_database", text.split("://", maxsplit=1)[0])
    if suffix == SQLITE and Path(str(url.database)).exists():
        raise BackupError("backup_target_used", str(url.database))
    if suffix == POSTGRESQL and _run("psql", url, "-Atc", "SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").strip():
        raise BackupError("backup_target_used", str(url.database))


def load(path: Path, text: str) -> None:
    """Make the database at a path or URL, which is empty, of a copy.

    Raises BackupError `backup_tool`, `database_pooled`; StorageError; OSError.
    """
    url = url_of(text)
    if path.suffix == POSTGRESQL:
        _refuse_pooled(text)
        _run(
            "pg_restore",
            url,
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={url.database}",
            str(path),
        )
        return
    target = Path(str(url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as to:
        source.backup(to, pages=4096)
        to.execute("PRAGMA journal_mode = WAL")


def _refuse_pooled(text: str) -> None:
    """Return if a server answers itself: `pg_dump` and `pg_restore` empty their session's search path, and a pooler lends that on."""
    if is_pooled(text):
        raise BackupError("database_pooled")


def _run(program: str, url: URL | None, *words: str) -> str:
    """Run a program of PostgreSQL at a server; the password goes by the environment, which other users cannot read."""
    named = (
        {}
        if url is None
        else {"PGHOST": url.host or _first(url, "host"), "PGPORT": str(url.port or _first(url, "port")), "PGUSER": url.username}
    )
    if url is not None and "," in (named.get("PGHOST") or ""):  # a copy of a standby could lack what was published already
        named["PGTARGETSESSIONATTRS"] = _first(url, "target_session_attrs") or "read-write"
    secret = {} if url is None else {"PGPASSWORD": url.password, "PGDATABASE": url.database}
    environment = os.environ | {name: str(value) for name, value in (named | secret).items() if value}  # noqa: TID251 - handed on to a child
    try:
        done = subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BackupError("backup_tool", program) from error
    if done.returncode:
        raise BackupError("backup_tool", f"{program}: {(done.stderr.strip().splitlines() or [''])[0][:200]}")
    return done.stdout


def _first(url: URL, name: str) -> str:
    given = url.query.get(name, "")
    return given if isinstance(given, str) else given[0]
