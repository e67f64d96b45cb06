"""Entries that a second process reads are those that this one reads, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from issuer.log import abreast
from issuer.register import positions
from storage.database import reading
from tests.issuer import from_before
from tests.issuer.offices import Office


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[list[bytes]]:
    """Share from the first seal on; return what came from the other process."""
    monkeypatch.setattr(abreast, "WORTH_SHARING", 1)
    told: list[list[bytes]] = []
    elsewhere = abreast._elsewhere

    def heard(database: str, start: int, end: int) -> Iterator[list[bytes]]:
        for some in elsewhere(database, start, end):
            told.append(some)
            yield some

    monkeypatch.setattr(abreast, "_elsewhere", heard)
    return told


def test_both_processes_read_the_same(each_office: Office, processes: list[list[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_nobody_is_left_behind(each_office: Office, processes: list[list[bytes]]) -> None:
    from_before.lay(each_office, 5)
    each_office.run("database", "upgrade", now=None, keys=False)
    with each_office.locations.engine() as engine, reading(engine) as connection:
        begun = abreast.entries(connection, 0, positions.following(connection))
        next(begun)
        (child,) = abreast.multiprocessing.active_children()
        begun.close()  # type: ignore[attr-defined]
        assert not child.is_alive()
