"""What tests get instead of Alembic's work (tests/revisions.py) is what Alembic makes, to the last word."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, text
from sqlalchemy.schema import CreateIndex, CreateTable

from office.database import DATABASE, open_register
from storage import revisions, steps
from storage.errors import StorageError
from storage.schema import Chain
from tests import postgres
from tests.conftest import ROOT


def schema(engine: Engine) -> list[str]:
    """Tables, indices and the revisions, as the database tells them."""
    found = MetaData()
    found.reflect(engine)
    tables = sorted(found.tables.values(), key=lambda table: table.name)
    told = [str(CreateTable(table).compile(engine)) for table in tables]
    told += sorted(str(CreateIndex(index).compile(engine)) for table in tables for index in table.indexes)
    with engine.connect() as connection:
        told += [connection.scalars(text(f"SELECT version_num FROM {chain.table}")).one() for chain in DATABASE.chains]
        if engine.dialect.name == "sqlite":
            kept = connection.scalars(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"))
            told += [" ".join(statement.split()) for statement in kept]
        else:
            told += connection.scalars(text("SELECT pg_get_constraintdef(oid) FROM pg_constraint ORDER BY conname, oid")).all()
    return told


def made(url: str) -> list[str]:
    engine = open_register(url)
    found = schema(engine)
    engine.dispose()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def three(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """URLs of three empty databases of one kind."""
    if request.param == "sqlite":
        yield [f"sqlite:///{tmp_path / name}.sqlite" for name in "abc"]
        return
    server = request.getfixturevalue("postgres_url")
    with ExitStack() as stack:
        yield [stack.enter_context(postgres.fresh_database(server, f"test_{uuid.uuid4().hex}")) for _ in "abc"]


def test_replayed_revisions_make_what_alembic_makes(three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert steps.command is not command, "tests/conftest.py puts something else there"
    first, second, third = three
    made(first)  # this one or an earlier one of this process is written down
    replayed = made(second)
    monkeypatch.setattr(steps, "command", command)
    assert len(replayed) > 60
    asked = list[object]()
    monkeypatch.setattr(command, "upgrade", lambda *given, really=command.upgrade: (asked.append(given), really(*given)))
    assert made(third) == replayed
    assert len(asked) == len(DATABASE.chains), "Alembic itself made this one"


@pytest.mark.parametrize("chain", DATABASE.chains, ids=lambda chain: chain.name)
def test_the_newest_revision_is_the_last_that_alembic_finds(chain: Chain) -> None:
    """Who only opens a database goes by the names of files."""
    assert revisions.head(chain) == steps.of(chain)[-1][0]


def test_who_only_opens_a_database_imports_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    open_register(url).dispose()
    program = "import sys; from office.database import open_register; open_register(sys.argv[1]); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, url], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_two_revisions_at_once_are_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    with open_register(url).begin() as connection:
        connection.execute(text(f"INSERT INTO {DATABASE.chains[0].table} VALUES ('another')"))
    with pytest.raises(StorageError, match="database_unreadable"):
        open_register(url)
