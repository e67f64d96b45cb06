"""What the doctor says of the desk's replica: a real one, paused, away, and none of this register's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from office.database import open_register
from office.doctor import rooms
from office.doctor.findings import Level
from tests import clusters, postgres
from tests.clusters import Cluster
from tests.conftest import unavailable


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    try:
        with clusters.primary() as one, clusters.standby(one) as two:
            open_register(one.url()).dispose()
            two.caught_up(one)
            yield one, two
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


def test_each_state_of_it_is_a_finding_with_a_sentence(pair: tuple[Cluster, Cluster]) -> None:
    one, two = pair
    well = rooms.replica(one.url(), two.url())
    assert (well.level, well.code) == (Level.FINE, "replica_fine")
    assert [each.name for each in well.values] == ["replica_behind_seconds"]
    wrong = rooms.replica(one.url(), one.url())
    assert (wrong.level, wrong.code) == (Level.NOW, "replica_not_standby")
    two.kill()
    away = rooms.replica(one.url(), two.url())
    assert (away.level, away.code, away.values) == (Level.SOON, "replica_away", ())
    one.kill()
    assert rooms.replica(one.url(), two.url()).level == Level.UNKNOWN
    assert all(each.told().startswith(f"{each.code}: ") for each in (well, wrong, away))
