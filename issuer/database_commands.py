"""`khatm database`: bring a database's tables up to date, and check that it is what this program knows. An edge.

The same two commands serve every database of the house; whose tables they are, khatm.py hands over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Connection, Engine, text

from storage import differences, revisions
from storage.database import opening, reading, standing_of
from storage.errors import StorageError
from storage.revisions import Standing
from storage.schema import Schema

from .locations import database_schema
from .refusing import Refusals


def group(option: str, default: str, kind: type[click.Group] = Refusals) -> click.Group:
    """Return the commands for a database that `option` names, else `default`. `kind` tells refusals in words of its own."""
    where = click.option(option, "url", default=default, show_default=True, help="SQLite file or postgresql:// URL.")
    made = kind("database", help="Upgrade the database's tables, or check them. Nothing else changes them.")
    for name, command in (("upgrade", _upgrade), ("check", _check)):
        made.command(name)(where(command))
    return made


def _upgrade(url: str) -> None:
    """Bring the tables up to date: all steps or none. Stop what works on the database, and make a backup, first."""
    schema = database_schema()
    with _there(schema, url) as (engine, _):
        lacked = revisions.upgrade(schema, engine, progress=lambda step: click.echo(f"{step.name}  {step.sentence}"))
    heads = ", ".join(revisions.head(chain) for chain in schema.chains)
    click.echo(f"{lacked} revisions done; now at {heads}." if lacked else f"Nothing to do: at {heads}.")


@click.pass_context
def _check(context: click.Context, url: str) -> None:
    """Say whether the tables are this program's and the database is whole. Exit code 1 if not. It changes nothing."""
    schema = database_schema()
    with _there(schema, url) as (engine, found):
        faults = _older(schema, found) or _faults(schema, engine)
    for fault in faults:
        click.echo(fault)
    if faults:
        context.exit(1)
    for chain in schema.chains:
        click.echo(f"{chain.name}: at {revisions.head(chain)}, tables as this program knows them")
    click.echo("Sound: nothing else is in the database, and it is whole.")


@contextmanager
def _there(schema: Schema, url: str) -> Iterator[tuple[Engine, Standing]]:
    """Connect to a database that has tables, whatever its revisions, and yield those too. Raises StorageError."""
    with opening(url, create=False) as engine:
        found = standing_of(schema, engine)
        if found.empty:
            raise StorageError("database_missing")
        yield engine, found
        engine.dispose()


def _older(schema: Schema, found: Standing) -> list[str]:
    """Return which chains lack steps, and how many. Raises StorageError `database_newer`."""
    lacked = Counter(step.chain for step in revisions.pending(schema, found))
    return [
        f"{chain.name}: older: at {found.former or found.at[chain.name] or 'nothing'}, this program needs {revisions.head(chain)} "
        f"({number} revisions): `khatm database upgrade`"
        for chain, number in lacked.items()
    ]


def _faults(schema: Schema, engine: Engine) -> list[str]:
    with reading(engine) as connection:
        changed = [f"{chain.name}: {each}" for chain in schema.chains for each in differences.of_chain(chain, connection)]
        unknown = [f"table that no room has: {name}" for name in differences.unknown(schema, connection)]
        told = [f"{chain.name}: {each}" for chain in schema.chains for each in (() if changed else chain.faults(connection))]
        return [*changed, *unknown, *told, *_WHOLE[connection.dialect.name](connection)]


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

database_ = group("--register", "var/register.sqlite")
