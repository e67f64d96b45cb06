"""An office of each test's own: on SQLite, or on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.issuer import offices
from tests.issuer.offices import Office


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key store and its trust list; tests work on copies."""
    folder = tmp_path_factory.mktemp("keys")
    offices.make_keys(folder)
    return folder


@pytest.fixture
def office(tmp_path: Path, made_keys: Path) -> Office:
    """An office with a register in a SQLite file that is not there yet."""
    return offices.furnish(tmp_path, made_keys, str(tmp_path / "register.sqlite"))


@pytest.fixture
def each_office(tmp_path: Path, made_keys: Path, database_url: str) -> Office:
    """An office on each kind of database; it is empty."""
    return offices.furnish(tmp_path, made_keys, database_url)


@pytest.fixture
def register(each_office: Office) -> Iterator[Engine]:
    """The register of `each_office`, open."""
    with each_office.locations.engine(create=True) as engine:
        yield engine
