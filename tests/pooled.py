"""Fixtures for a module whose tests meet their database behind a real PgBouncer in transaction mode: import both.

Its few sessions change hands at every transaction, so whatever leans on a session is found out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from storage.database import is_pooled
from tests import clusters, postgres
from tests.clusters import Pooler
from tests.conftest import unavailable


@pytest.fixture(scope="module")
def pooler() -> Iterator[Pooler]:
    """PgBouncer with three sessions before a server of the module's own."""
    try:
        with clusters.primary() as server, clusters.pooler(server, default_pool_size="3") as made:
            yield made
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


@pytest.fixture
def database_url(pooler: Pooler) -> str:
    """An empty database, reached through the pooler alone."""
    name = f"d{time.monotonic_ns()}"
    pooler.server.say(f"CREATE DATABASE {name}")
    assert is_pooled(pooler.url(name))
    return pooler.url(name)
