"""A message centre for each module, and an outbox on each kind of database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from office.database import open_register
from tests.office.messages import smsc
from tests.office.messages.smsc import Smsc


@pytest.fixture
def centre() -> Iterator[Smsc]:
    """An SMPP message centre."""
    with smsc.running() as running:
        yield running


@pytest.fixture
def postgres_register(postgres_database: str) -> Iterator[Engine]:
    """A register in PostgreSQL."""
    engine = open_register(postgres_database)
    yield engine
    engine.dispose()
