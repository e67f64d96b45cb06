"""PostgreSQL databases that tests get one after the other (tests/postgres_pool.py): whatever one left there, the next finds a new one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from office.database import open_register
from storage.database import opening
from tests import by_hand
from tests.postgres_pool import Pool
from tests.revisions import furnish
from tests.storage.test_revisions import schema

MONA = "INSERT INTO account (name, display, totp_step, made_at) VALUES ('mona', 'Mona', 0, 0)"
EVERYTHING = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"


@pytest.fixture
def pool(postgres_url: str) -> Pool:
    """A pool of this test's own."""
    return Pool(postgres_url, furnish)


def used(pool: Pool, *statements: str) -> str:
    """Lend a database whose register is opened and told these; return its URL."""
    with pool.lent() as url:
        engine = open_register(url)
        by_hand.run(engine, *statements)
        engine.dispose()
    return url


def test_what_a_test_left_is_forgotten_and_the_database_is_lent_again(pool: Pool) -> None:
    url = used(pool, MONA, "CREATE TABLE told (id int REFERENCES account)", "INSERT INTO told SELECT id FROM account")
    with pool.lent() as again:
        assert again == url
        with opening(again, create=True) as engine, engine.connect() as connection:
            assert connection.scalar(text(EVERYTHING)) == 0, "it looks empty"
        engine.dispose()
        engine = open_register(again)
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT to_regclass('told')")) is None
            assert connection.scalar(text("SELECT count(*) FROM account")) == 0
        assert by_hand.run(engine, MONA, "SELECT id FROM account")[1] == [(1,)], "numbers begin anew"
        engine.dispose()


def test_tables_that_were_put_by_are_what_the_revisions_make(pool: Pool, postgres_database: str) -> None:
    used(pool, MONA)
    with pool.lent() as again:
        first, second = open_register(again), open_register(postgres_database)
        assert schema(first) == schema(second)
        first.dispose()
        second.dispose()


@pytest.mark.parametrize(
    "altered",
    [
        "ALTER TABLE account ALTER display DROP NOT NULL",
        "ALTER TABLE account ADD extra int",
        "ALTER TABLE account ADD CHECK (id > 0)",
        "CREATE INDEX another ON account (display)",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA another",
        "UPDATE alembic_version_office SET version_num = 'office_0001'",
    ],
)
def test_a_database_that_a_test_altered_is_not_lent_again(pool: Pool, altered: str) -> None:
    url = used(pool, altered)
    with pool.lent() as another:
        assert another != url
