"""Pages that only show are made of a real streaming replica; what somebody wrote they are shown, and nothing is decided there."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import request
from sqlalchemy import event

from office.database import open_register
from office.desk import replicas as pages
from office.desk.replicas import PAGES
from storage import replicas
from storage.errors import StorageError
from tests import clusters, postgres
from tests.clusters import Cluster
from tests.conftest import unavailable
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, Visitor, mobile, plain
from tests.office.desk.test_portal import test_a_shop_from_the_first_page_to_a_sent_application

__all__ = ["test_a_shop_from_the_first_page_to_a_sent_application"]


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    try:
        with clusters.primary() as one, clusters.standby(one) as two:
            yield one, two
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


@pytest.fixture
def house(tmp_path: Path, unlocked: Keys, pair: tuple[Cluster, Cluster]) -> Iterator[House]:
    """A web office with a replica that has all of it."""
    (one, two), name, (made, clerk, _) = pair, f"d{time.monotonic_ns()}", unlocked
    one.say(f"CREATE DATABASE {name}")
    open_register(one.url(name)).dispose()
    two.caught_up(one)
    home = House(offices.furnish(tmp_path / "office", made, one.url(name)).folder, one.url(name), clerk, register_read=two.url(name))
    yield home
    two.say("SELECT pg_wal_replay_resume()")
    replica = home.context.replica
    assert replica is not None
    replica.close()
    home.close()


@pytest.fixture
def each_house(house: House, pair: tuple[Cluster, Cluster]) -> House:
    """The same, whose replica stands still: every journey is its visitor's own, and goes on as if there were none."""
    paused(house, pair)
    return house


def paused(house: House, pair: tuple[Cluster, Cluster]) -> None:
    """Let the replica replay nothing more, once it has all."""
    one, two = pair
    two.caught_up(one)
    two.say("SELECT pg_wal_replay_pause()")
    while two.say("SELECT pg_get_wal_replay_pause_state()") != "paused":
        one.say("SELECT pg_switch_wal()")
        time.sleep(0.02)
    look(house)


def look(house: House) -> None:
    assert house.context.replica is not None
    house.context.replica.look()


@contextmanager
def listening(house: House, heard: Callable[..., None]) -> Iterator[None]:
    """Hear every statement to the replica. No look runs meanwhile, which may not meet a list of listeners that changes under it."""
    replica = house.context.replica
    assert replica is not None
    with replica._one_look:
        event.listen(replica._engine, "before_cursor_execute", heard)
    try:
        yield
    finally:
        with replica._one_look:
            event.remove(replica._engine, "before_cursor_execute", heard)


@contextmanager
def asked(house: House) -> Iterator[set[str]]:
    """The endpoints whose requests asked the replica for something."""
    found = set[str]()

    def note(*_: object) -> None:
        try:
            found.add(str(request.endpoint))
        except RuntimeError:  # the looks are nobody's request
            return

    with listening(house, note):
        yield found


def everybody(house: House) -> tuple[Visitor, Visitor]:
    roles = ("clerk", "reviewer", "manager", "administrator")
    return house.staff("hoda", *(("MN1", role) for role in roles)), house.citizen(7)


def test_every_page_of_the_list_is_made_there_and_no_other(house: House, pair: tuple[Cluster, Cluster]) -> None:
    staff, citizen = everybody(house)
    number = house.work.submitted("shop.first", shop())
    pair[1].caught_up(pair[0])
    look(house)
    rules = {rule.endpoint: rule for rule in house.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert rules.keys() >= PAGES
    staff.http.delete_cookie("khatm_wrote"), citizen.http.delete_cookie("khatm_wrote")
    with asked(house) as found:
        for endpoint, rule in sorted(rules.items()):
            values = {name: "csv" if name == "form" else number for name in rule.arguments}
            if "static" in endpoint or endpoint.startswith(("streets.", "assets.")):
                continue
            try:
                path = house.app.url_map.bind("localhost").build(endpoint, values)
            except Exception:  # noqa: BLE001 - of other arguments: such a page is not in the list
                assert endpoint not in PAGES
                continue
            for visitor in (staff, citizen):
                visitor.http.delete_cookie("khatm_wrote")
                visitor.http.get(f"{path}?q=نور" if endpoint == "work.licenses" else path)
                look(house)
    assert found == PAGES


def test_a_posted_page_never_asks_it(house: House, pair: tuple[Cluster, Cluster]) -> None:
    staff, citizen = everybody(house)
    look(house)
    with asked(house) as found:
        for endpoint in PAGES:
            for rule in house.app.url_map.iter_rules(endpoint):
                assert "POST" not in (rule.methods or ())
        citizen.post("/sign-in", mobile=mobile(9))
        staff.post("/centre/work/seen")
        citizen.get("/sign-in")
    assert found == set()


def test_who_wrote_is_shown_it_and_another_one_waits(house: House, pair: tuple[Cluster, Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = house.staff("karim", ("MN1", "clerk"))
    other = house.staff("hoda", ("MN1", "manager"), ("MN1", "clerk"))
    paused(house, pair)
    number = house.work.submitted("shop.first", shop())  # somebody else's write: this browser knows nothing of it
    look(house)
    assert number not in other.get("/centre/?who=all").text
    case = clerk.get(f"/centre/applications/{number}")
    assert number in case.text, "a case is the register's own"
    clerk.post("/centre/work/seen", 303)
    assert clerk.http.get_cookie("khatm_wrote") is not None
    assert number in clerk.get("/centre/?who=all").text, "who wrote anything sees all that was there then"
    monkeypatch.setattr(pages, "STALE_SECONDS", 0.5)
    time.sleep(0.6)
    look(house)
    stale = other.get("/centre/?who=all&lang=en", 302).headers["Location"]
    told = plain(other.get(stale).text)
    assert "This page is as of" in told and number not in told
    assert "This page is as of" not in plain(clerk.get("/centre/?who=all").text)
    pair[1].say("SELECT pg_wal_replay_resume()")
    pair[1].caught_up(pair[0])
    look(house)
    assert number in other.get("/centre/?who=all").text


@pytest.mark.parametrize("sent", ["zz", "-1", "ffffffffffffffff", "0" * 17, "1;2", ""])
def test_a_made_up_place_is_no_fault(house: House, sent: str) -> None:
    visitor = house.staff("hoda", ("MN1", "manager"))
    visitor.http.set_cookie("khatm_wrote", sent)
    visitor.get("/centre/")
    visitor.get("/centre/work/board")


def test_it_dies_in_the_middle_and_pages_go_on(
    house: House, pair: tuple[Cluster, Cluster], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "_FRESH_SECONDS", 60.0)
    visitor = house.staff("hoda", ("MN1", "manager"))
    look(house)
    replica = house.context.replica
    assert replica is not None
    killed, page = [], threading.current_thread()

    def kill(*_: object) -> None:
        if not killed and threading.current_thread() is page:  # its connection is lent: the first question meets a server that is gone
            killed.append(True)
            pair[1].kill()

    visitor.get("/centre/work/board")
    visitor.http.delete_cookie("khatm_wrote")
    with caplog.at_level(logging.WARNING):
        with listening(house, kill):
            assert visitor.get("/centre/work/board").status_code == 200
            assert killed
        visitor.get("/centre/reports")
        assert house.client().get("/health/ready").json["warnings"] == ["replica_away"]
        pair[1].start()
        look(house)
        assert house.client().get("/health/ready").json["warnings"] == []
        visitor.get("/centre/work/board")
    assert [each.message.split(":")[0] for each in caplog.records if "replica" in each.message] == ["replica_away", "replica_back"]
    assert house.context.numbers()["khatm_replica_used"] == 1


def test_a_foreign_one_is_refused_at_the_start(house: House, pair: tuple[Cluster, Cluster], unlocked: Keys) -> None:
    with pytest.raises(StorageError) as refused:
        House(house.folder, house.settings.register, house.clerk, register_read=house.settings.register)
    assert refused.value.code == "replica_not_standby"
