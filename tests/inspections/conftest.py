"""A street on SQLite, or on SQLite and PostgreSQL, with an inspector whose phone is enrolled."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.inspections.phone import Phone
from tests.inspections.street import Street


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """An empty database of one's own: those that are lent have the register's tables put by, one of which is named as one of ours."""
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
