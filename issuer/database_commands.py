"""`khatm database`: bring a register's tables up to date, and check that it is what this program knows. An edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Connection, Engine, text

from storage import revisions
from storage.database import opening, reading, revision_of
from storage.errors import StorageError

from .commands import Refusals
from .register.schema import REGISTER

register_option = click.option("--register", default="var/register.sqlite", show_default=True, help="SQLite file or postgresql:// URL.")


@click.group("database", cls=Refusals)
def database_() -> None:
    """Upgrade the register's tables, or check them. Nothing else changes them."""


@database_.command()
@register_option
def upgrade(register: str) -> None:
    """Bring the tables up to date: all steps or none. Stop what works on the register, and make a backup, first."""
    with _there(register) as (engine, _):
        lacked = revisions.upgrade(REGISTER, engine, progress=lambda step: click.echo(f"{step.name}  {step.sentence}"))
    head = revisions.head(REGISTER)
    click.echo(f"{lacked} revisions done; now at {head}." if lacked else f"Nothing to do: at {head}.")


@database_.command()
@register_option
@click.pass_context
def check(context: click.Context, register: str) -> None:
    """Say whether the tables are this program's and the database is whole. Exit code 1 if not. It changes nothing."""
    with _there(register) as (engine, found):
        faults = _faults(engine, found)
    for fault in faults:
        click.echo(fault)
    if faults:
        context.exit(1)
    click.echo(f"Sound: revision {revisions.head(REGISTER)}, tables as this program knows them, the database whole.")


@contextmanager
def _there(register: str) -> Iterator[tuple[Engine, str]]:
    """Connect to a register that has tables, whatever its revision, and yield that too. Raises StorageError."""
    with opening(register, create=False) as engine:
        found = revision_of(engine)
        if found is None:
            raise StorageError("database_missing")
        yield engine, found
        engine.dispose()


def _faults(engine: Engine, found: str) -> list[str]:
    if found != revisions.head(REGISTER):
        missing = revisions.pending(REGISTER, found)
        return [f"older: at {found}, this program needs {missing[-1].name}: `khatm database upgrade`"]
    with reading(engine) as connection:
        return [*(f"table: {each}" for each in revisions.differences(REGISTER, connection)), *_WHOLE[connection.dialect.name](connection)]


def _whole_sqlite(connection: Connection) -> list[str]:
    """What SQLite itself finds: damaged pages, indexes that lack rows, rows whose other end is gone."""
    damaged = [f"damaged: {row[0]}" for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
    dangling = connection.execute(text("PRAGMA foreign_key_check"))
    return damaged + [f"dangling: {table} row {row} names a missing {other}" for table, row, other, _ in dangling]


def _whole_postgresql(connection: Connection) -> list[str]:
    """What PostgreSQL knows of itself: text that cannot hold Arabic, indexes and constraints that a restore left unfinished."""
    encoding = connection.scalar(text("SHOW server_encoding"))
    faults = [] if encoding == "UTF8" else [f"encoding: {encoding}, not UTF8"]
    broken = text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
    faults += [f"index not valid: {name}" for name in connection.scalars(broken)]
    loose = text("SELECT conrelid::regclass::text || ' ' || conname FROM pg_constraint WHERE NOT convalidated")
    return faults + [f"constraint never checked: {name}" for name in connection.scalars(loose)]


_WHOLE: dict[str, Callable[[Connection], list[str]]] = {"sqlite": _whole_sqlite, "postgresql": _whole_postgresql}
