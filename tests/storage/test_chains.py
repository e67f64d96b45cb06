"""Each room has revisions of its own, in one database or in several; registers of the one chain of before become as new ones are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Column, Engine, String, Table, inspect, select, text

import khatm
from accounts.tables import accounts, roles
from issuer.register.schema import REGISTER
from office.database import DATABASE, open_register
from storage import database as database_module
from storage import differences, revisions
from storage.columns import Id, new_metadata
from storage.database import open_database, opening, standing_of
from storage.errors import StorageError
from storage.revisions import Standing
from storage.schema import Chain, Schema
from tests import postgres
from tests.storage import one_chain
from tests.storage.test_revisions import schema


def database(word: str, url: str, *, exit_code: int = 0) -> str:
    """Run `khatm database WORD`."""
    ran: Result = CliRunner().invoke(khatm.main, ["database", word, "--register", url])
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def refused(url: str) -> str:
    """The code and detail with which a register is refused by whoever only opens it."""
    with pytest.raises(StorageError) as error:
        open_register(url)
    return str(error.value)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database that is really new: what is tested here is how a register comes into it."""
    with postgres.fresh_database(postgres_url, f"test_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture
def new(database_url: str) -> list[str]:
    """What a register made today is, on the same kind of database as `database_url`."""
    made = schema_of(database_url)
    _empty(database_url)
    return made


def schema_of(url: str) -> list[str]:
    engine = open_register(url)
    found = schema(engine)
    engine.dispose()
    return found


def test_a_register_of_every_revision_of_the_one_chain_becomes_as_new_ones_are(database_url: str, new: list[str]) -> None:
    assert len(new) > 60
    for revision in one_chain.REVISIONS:
        one_chain.lay(database_url, revision)
        assert f"{revision} < register_0017" in refused(database_url)
        told = database("upgrade", database_url)
        assert "register_0012  Accounts, register and office count their revisions by themselves." in told
        assert schema_of(database_url) == new, revision
        _empty(database_url)


def test_nothing_that_a_register_of_before_holds_is_lost(database_url: str) -> None:
    one_chain.lay(database_url, one_chain.REVISIONS[-1], rows=True)
    kept = one_chain.kept()
    assert {"license", "seal", "account", "account_role", "application", "payment", "message", "keep_link"} <= set(kept)
    heads = "accounts_0014, register_0017, office_0032, acts_0013"
    assert database("upgrade", database_url).splitlines()[-1] == f"26 revisions done; now at {heads}."
    kept["status_list"] = [{"number": 1, "used": 65_536}]  # its places were drawn at random: nobody is given another one
    engine = open_register(database_url)
    assert one_chain.rows_of(engine, kept) == kept
    with engine.connect() as connection:
        confirmed = {*connection.scalars(select(roles.c.confirmed_by)), *connection.scalars(select(accounts.c.confirmed_by))}
    assert confirmed == {"console"}, "whoever had powers keeps them"
    engine.dispose()


def test_a_program_of_before_finds_a_revision_that_it_does_not_know(database_url: str) -> None:
    """It looks for one in alembic_version, and refuses what is not among its own (`database_newer`)."""
    for make in (open_register, _from_before):
        engine = make(database_url)
        with engine.connect() as connection:
            (found,) = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
        engine.dispose()
        assert found not in one_chain.REVISIONS
        _empty(database_url)


def test_a_revision_of_the_one_chain_that_nobody_knows_is_left_alone(database_url: str) -> None:
    one_chain.lay(database_url, "0011")
    with opening(database_url, create=False) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0012'"))
    there = inspect(engine).get_table_names()
    for word in ("upgrade", "check"):
        assert "database_newer" in database(word, database_url, exit_code=2)
    assert inspect(engine).get_table_names() == there
    engine.dispose()


def test_a_room_that_comes_later_is_made_by_upgrade_alone(database_url: str) -> None:
    open_database(Schema((REGISTER,)), database_url).dispose()
    assert refused(database_url) == (
        "database_older: 32 revisions behind: nothing < accounts_0014, nothing < office_0032, nothing < acts_0013"
    )
    assert "office: older: at nothing" in database("check", database_url, exit_code=1)
    database("upgrade", database_url)
    assert "Sound" in database("check", database_url)


@pytest.fixture
def diary(tmp_path: Path) -> Schema:
    """A room that is none of ours, with a database of its own."""
    folder = tmp_path / "diary"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text("from storage import environment\n\nenvironment.run()\n", "utf-8")
    (folder / "versions/0001_diary.py").write_text(
        '"""What was seen."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\nrevision = "diary_0001"\ndown_revision = None\n\n\n'
        "def upgrade() -> None:\n"
        '    op.create_table("seen", sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite")), sa.Column("what", sa.String(9)),'
        ' sa.PrimaryKeyConstraint("id", name="pk_seen"))\n',
        "utf-8",
    )
    metadata = new_metadata()
    Table("seen", metadata, Column("id", Id, primary_key=True), Column("what", String(9)))
    return Schema((Chain("diary", folder, metadata, "alembic_version_diary"),))


def test_a_room_may_have_a_database_of_its_own(database_url: str, diary: Schema) -> None:
    engine = open_database(diary, database_url)
    assert set(inspect(engine).get_table_names()) == {"seen", "alembic_version_diary"}
    assert revisions.head(diary.chains[0]) == "diary_0001"
    with engine.connect() as connection:
        assert differences.of_chain(diary.chains[0], connection) == [] == differences.unknown(diary, connection)
    assert standing_of(diary, engine).at == {"diary": "diary_0001"}
    engine.dispose()
    assert "database_missing" in database("check", database_url, exit_code=2), "it is no register"


def _from_before(url: str) -> Engine:
    one_chain.lay(url, "0011")
    database("upgrade", url)
    return open_register(url)


def _empty(url: str) -> None:
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink()
        return
    with opening(url, create=False) as engine:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()


def test_a_database_that_is_made_between_two_questions_is_not_taken_for_an_older_one(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(DATABASE, database_url).dispose()
    asked, standing = [], database_module.standing_of

    def between(schema: Schema, engine: Engine) -> Standing:
        found = standing(schema, engine)
        asked.append(found)
        return found if len(asked) > 1 else found._replace(at={**found.at, "accounts": None})

    monkeypatch.setattr(database_module, "standing_of", between)
    open_database(DATABASE, database_url).dispose()
    assert len(asked) == 2
