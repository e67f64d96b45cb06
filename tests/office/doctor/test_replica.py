"""What the doctor says of the desk's replica: a real one, paused, away, and none of this register's."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from office.database import open_register
from office.doctor import rooms
from office.doctor.findings import Level
from storage.replicas import Replica
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


def test_one_that_has_every_commit_is_not_called_old_at_a_first_look(
    pair: tuple[Cluster, Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody writes its last commit is old, and the log goes on without commits: at a look it may lack that part of it."""
    one, two = pair
    monkeypatch.setattr("storage.replicas.STALE_SECONDS", 0.5)
    two.caught_up(one)
    time.sleep(1)
    looked = list[bool]()

    def look(replica: Replica) -> None:
        if not looked:
            two.say("SELECT pg_wal_replay_pause()")
            one.say("CHECKPOINT")
        elif len(looked) == 1:
            two.say("SELECT pg_wal_replay_resume()")
            two.caught_up(one)
        looked.append(True)
        really(replica)

    really = Replica.look
    monkeypatch.setattr(Replica, "look", look)
    found = rooms.replica(one.url(), two.url())
    assert (found.level, found.code) == (Level.FINE, "replica_fine") and len(looked) >= 2


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
