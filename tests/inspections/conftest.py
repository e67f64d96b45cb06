"""A street on SQLite, or on SQLite and PostgreSQL, with an inspector whose phone is enrolled."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.inspections.enforcing import Precinct
from tests.inspections.phone import Phone
from tests.inspections.street import Street
from tests.inspections.town import Town


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database that is really empty: those of tests/postgres_pool.py have a register put by, which is not the database of inspections."""
    with postgres.fresh_database(postgres_url, f"test_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path, f"sqlite:///{tmp_path / 'inspections.sqlite'}")
    yield made
    made.close()


@pytest.fixture
def each_street(tmp_path: Path, database_url: str) -> Iterator[Street]:
    made = Street(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def phone(street: Street) -> Phone:
    """Amal's phone, on which she is signed in."""
    return street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Iterator[Precinct]:
    """A precinct on each kind of database."""
    made = Precinct(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Precinct]:
    """A precinct on SQLite, for what no database decides."""
    made = Precinct(tmp_path, f"sqlite:///{tmp_path / 'inspections.sqlite'}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all tests of a module that only read."""
    folder = tmp_path_factory.mktemp("town")
    made = Town(folder, f"sqlite:///{folder / 'inspections.sqlite'}")
    yield made
    made.close()


@pytest.fixture
def own(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A town that a test may change, on each kind of database."""
    made = Town(tmp_path, database_url)
    yield made
    made.close()
