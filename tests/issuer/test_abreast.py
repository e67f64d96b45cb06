"""Entries that a second process reads are those that this one reads, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from acts import lost
from issuer.log import abreast, placed
from issuer.register import positions
from storage.database import reading
from tests.issuer import from_before
from tests.issuer.offices import Office


class Heard:
    """A pipe, and what came through it."""

    def __init__(self, pipe: Any, told: list[Any]) -> None:
        self.pipe, self.told = pipe, told

    def recv(self) -> Any:
        self.told.append(self.pipe.recv())
        return self.told[-1]


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Share from the first seal on; return what came from the other process."""
    monkeypatch.setattr(abreast, "WORTH_SHARING", 1)
    told: list[Any] = []
    elsewhere = abreast._elsewhere

    @contextmanager
    def heard(*words: Any) -> Iterator[Heard]:
        with elsewhere(*words) as pipe:
            yield Heard(pipe, told)

    monkeypatch.setattr(abreast, "_elsewhere", heard)
    return told


def test_both_processes_read_the_same(each_office: Office, processes: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from_before.lay(each_office, 5)
    each_office.run("database", "upgrade", now=None, keys=False)
    with each_office.locations.engine() as engine, reading(engine) as connection:
        end = positions.following(connection)
        alone = list(positions.entries(connection, 0, end))
        assert list(abreast.entries(connection, 0, end)) == alone
        assert [entry for some in processes for entry in some] == alone
        assert len(processes) > 1

        # Ended in the middle, its work is done here; and where it cannot even begin.
        processes.clear()
        shared, found = abreast.entries(connection, 3, end), []
        found.append(next(shared))
        for child in abreast.multiprocessing.active_children():
            child.kill()
            child.join()
        found += shared
        assert found == alone[3:]
        assert sum(map(len, processes)) < len(found)
        monkeypatch.setattr(abreast, "_read", os.getpid)  # takes no arguments: ends at once
        assert list(abreast.entries(connection, 0, end)) == alone

    # Whoever writes meanwhile may have what another process does not see yet.
    processes.clear()
    with each_office.locations.engine() as engine, engine.begin() as connection:
        assert list(abreast.entries(connection, 0, 9)) == alone[:9]
    assert processes == []


def test_both_processes_place_the_same(each_office: Office, processes: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from_before.lay(each_office, 5)
    each_office.run("database", "upgrade", now=None, keys=False)
    monkeypatch.setattr(positions, "_MANY", 4_000)
    with each_office.locations.engine() as engine:
        with engine.begin() as connection:
            lost.keep(connection, "log", [lost.Lost(place, bytes([place % 251]) * 32, 0) for place in range(100, 9_000)], now=1)
        with reading(engine) as connection:
            end = positions.following(connection)
            alone = [placed.placed(connection, part) for part in positions.parts(0, end)]
            assert sum(len(each.positions) for each in alone) > 8_900
            assert list(abreast.placed(connection, 0, end)) == alone
            assert 0 < len(processes) < len(alone)
            assert all(each in alone for each in processes)

            processes.clear()
            shared, found = abreast.placed(connection, 0, end), []
            while not processes:
                found.append(next(shared))
            for child in abreast.multiprocessing.active_children():
                child.kill()
                child.join()
            assert [*found, *shared] == alone
            monkeypatch.setattr(abreast, "_read", os.getpid)  # ends at once
            assert list(abreast.placed(connection, 0, end)) == alone


def test_nobody_is_left_behind(each_office: Office, processes: list[Any]) -> None:
    from_before.lay(each_office, 5)
    each_office.run("database", "upgrade", now=None, keys=False)
    with each_office.locations.engine() as engine, reading(engine) as connection:
        begun = abreast.entries(connection, 0, positions.following(connection))
        next(begun)
        (child,) = abreast.multiprocessing.active_children()
        begun.close()  # type: ignore[attr-defined]
        assert not child.is_alive()
