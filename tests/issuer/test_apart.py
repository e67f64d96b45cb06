"""What a second process says of batches, this one would have found; however that one ends, nothing is missed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from issuer.guard import apart, state
from tests import by_hand
from tests.issuer.offices import Office
from tests.issuer.test_at_once import MANY, issue, opened
from tests.issuer.test_guard import look

BATCHES = 5


@pytest.fixture
def house(each_office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose publisher remembers nothing, with some batches, each of which is worth a second process."""
    opened(each_office)
    for number in range(1, BATCHES):
        issue(each_office, MANY, first=1 + number * 100)
    each_office.run("publish")
    (each_office.locations.store / state.NAME).unlink()
    monkeypatch.setattr(apart, "WORTH_SHARING", 1)
    return each_office


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """What was known when it was asked for; each batch waits for the other process, as far as that one lives."""
    said: list[bool] = []
    asked = apart.Elsewhere.__call__

    def waiting(self, table, whole):  # type: ignore[no-untyped-def]
        children = apart.multiprocessing.active_children()
        while children and not asked(self, table, whole) and children[0].is_alive():
            children[0].join(0.05)
        said.append(asked(self, table, whole))
        return said[-1]

    monkeypatch.setattr(apart.Elsewhere, "__call__", waiting)
    yield said


def test_batches_are_held_elsewhere_and_what_is_wrong_is_found_here(house: Office, told: list[bool]) -> None:
    with house.locations.engine() as engine:
        assert look(house, at_length=True) == ""
        assert len(told) == 2 * BATCHES and all(told), "licenses and seals"
        for statement, undo, finding in (
            ("UPDATE license SET trade_name = 'ملهى' WHERE id = 7", "", "license 7 [trade_name]"),
            ("UPDATE seal SET status = 2 WHERE id = 190", "UPDATE seal SET status = 0 WHERE id = 190", "seal 190 [status]"),
        ):
            (house.locations.store / state.NAME).unlink()
            told.clear()
            by_hand.run(engine, statement)
            assert finding in look(house, at_length=True)
            assert not all(told) and any(told)
            by_hand.run(engine, undo or "SELECT 1")


def test_one_that_ends_at_once_is_not_waited_for(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_hold", os.getpid)  # takes no arguments
    with house.locations.engine() as engine:
        assert look(house, at_length=True) == ""
        (house.locations.store / state.NAME).unlink()
        by_hand.run(engine, "UPDATE seal SET status = 2 WHERE id = 190")
        assert "seal 190 [status]" in look(house, at_length=True)
    assert not apart.multiprocessing.active_children()
