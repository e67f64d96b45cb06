"""Journeys of the office on a real PgBouncer in transaction mode, whose few sessions change hands at every transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import is_pooled
from tests import clusters, postgres
from tests.clusters import Cluster, Pooler
from tests.conftest import unavailable
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from tests.office.desk.house import House
from tests.office.desk.test_drawers import test_a_cashier_s_day, test_revenue_by_month_service_and_authority
from tests.office.desk.test_money import test_a_cashier_gives_a_part_back_and_it_is_in_the_day_s_cash
from tests.office.desk.test_my_licenses import test_from_the_list_to_a_sent_renewal_in_three_presses
from tests.office.desk.test_people import test_one_administrator_makes_nobody_a_second_one_confirms
from tests.office.desk.test_portal import test_a_shop_from_the_first_page_to_a_sent_application
from tests.office.desk.test_queue import test_an_appointment_becomes_a_number_that_is_called

__all__ = [
    "test_a_cashier_gives_a_part_back_and_it_is_in_the_day_s_cash",
    "test_a_cashier_s_day",
    "test_a_shop_from_the_first_page_to_a_sent_application",
    "test_an_appointment_becomes_a_number_that_is_called",
    "test_from_the_list_to_a_sent_renewal_in_three_presses",
    "test_one_administrator_makes_nobody_a_second_one_confirms",
    "test_revenue_by_month_service_and_authority",
]


@pytest.fixture(scope="module")
def pooler() -> Iterator[Pooler]:
    try:
        with clusters.primary() as server, clusters.pooler(server, default_pool_size="3") as made:
            yield made
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


@pytest.fixture
def each_house(tmp_path: Path, unlocked: Keys, pooler: Pooler) -> Iterator[House]:
    """A web office whose register is reached through the pooler alone."""
    server: Cluster = pooler.server
    name, (made, clerk, _) = f"d{time.monotonic_ns()}", unlocked
    server.say(f"CREATE DATABASE {name}")
    assert is_pooled(pooler.url(name))
    home = House(offices.furnish(tmp_path / "office", made, pooler.url(name)).folder, pooler.url(name), clerk)
    yield home
    home.close()
