"""The database of inspections: made by its revisions, apart from the register's, and never changed by whoever opens it."""

import stat
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, insert, inspect, select, text, update

import khatm
from accounts.tables import accounts
from inspections import server_key
from inspections.database import DATABASE, open_inspections
from inspections.errors import InspectionError
from inspections.schema import INSPECTIONS
from inspections.visits.tables import findings, inspections
from storage import differences, revisions
from storage.database import reading
from storage.errors import StorageError
from tests.inspections.town import Town
from tests.revisions import move


def run(*words: object, exit_code: int = 0) -> str:
    ran: Result = CliRunner().invoke(khatm.main, ["inspections", *map(str, words)])
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def test_the_revisions_make_the_tables_that_the_code_knows(database_url: str) -> None:
    engine = open_inspections(database_url, create=True)

    def compared() -> list[str]:
        with engine.connect() as connection:
            changed = [each for chain in DATABASE.chains for each in differences.of_chain(chain, connection)]
            return changed + differences.unknown(DATABASE, connection)

    assert compared() == []
    for chain in reversed(DATABASE.chains):
        move(engine, chain, "base")
    assert set(inspect(engine).get_table_names()) == {chain.table for chain in DATABASE.chains}
    for chain in DATABASE.chains:
        move(engine, chain, "head")
    assert compared() == []
    engine.dispose()


def test_init_makes_a_database_and_a_key_that_only_its_owner_reads(database_url: str, tmp_path: Path) -> None:
    where = ("--database", database_url, "--files", tmp_path / "files")
    run("init", *where)
    key = tmp_path / "files/server-key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    run("init", *where)
    assert key.read_bytes() == before, "phones have pinned it"
    assert "Sound" in run("database", "check", "--database", database_url)
    heads = ", ".join(revisions.head(chain) for chain in DATABASE.chains)
    assert run("database", "upgrade", "--database", database_url) == f"Nothing to do: at {heads}.\n"


def test_a_key_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"

    def code() -> str:
        with pytest.raises(InspectionError) as refused:
            server_key.read(path)
        return refused.value.code

    assert code() == "server_key_missing"
    server_key.make(path)
    path.chmod(0o640)
    assert code() == "server_key_open"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:40])
    assert code() == "server_key_invalid"


def test_an_older_or_missing_database_is_refused_with_its_own_command(database_url: str) -> None:
    with pytest.raises(StorageError, match="database_missing"):
        open_inspections(database_url)
    assert "khatm inspections init" in run("database", "check", "--database", database_url, exit_code=2)
    engine = open_inspections(database_url, create=True)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version_inspections"))
    engine.dispose()
    with pytest.raises(StorageError, match="database_older"):
        open_inspections(database_url)


def test_what_was_found_before_is_found_by_its_item_after_the_upgrade(tmp_path: Path, database_url: str) -> None:
    """The signed messages that are here fill the table; one that nobody can read keeps no upgrade up."""
    town = Town(tmp_path, database_url)
    query = select(findings).order_by(findings.c.inspection_id, findings.c.position)
    with town.engine.connect() as connection:
        before = connection.execute(query).all()
        read = revisions.current(DATABASE, connection)
    assert [(row.item, row.severity, row.authority) for row in before] == [(town.items[0], "critical", "MID")]
    with town.engine.begin() as connection:
        one = select(inspections.c.id).order_by(inspections.c.id).limit(1).scalar_subquery()
        connection.execute(update(inspections).where(inspections.c.id == one).values(message=b"\xa0damaged"))
    move(town.engine, INSPECTIONS, "inspections_0002", "head")
    with town.engine.connect() as connection:
        assert connection.execute(query).all() == before
        assert revisions.current(DATABASE, connection) == read
    town.close()


def test_who_looks_writes_nothing(database_url: str) -> None:
    """It keeps no acts, which refuse it over the register; and on PostgreSQL nothing would take it back."""
    engine = open_inspections(database_url, create=True)
    mariam = {"name": "mariam", "display": "Mariam", "totp_step": 0, "made_at": 1}
    for streamed, write in product(
        (False, True), (insert(accounts).values(mariam), delete(accounts), update(accounts).values(display="x"))
    ):
        with pytest.raises(RuntimeError, match="only looks"), reading(engine, streamed=streamed) as connection:
            connection.execute(write)
    with reading(engine) as connection:
        assert connection.execute(select(accounts)).all() == []
    engine.dispose()
