"""Entries that a second process reads are those that this one reads, however it ends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from acts import lost
from issuer import forked
from issuer.log import abreast, placed
from issuer.register import positions
from storage.database import reading
from tests.issuer import from_before
from tests.issuer.offices import Office


class Heard:
    """The other process, and what it said."""

    def __init__(self, other: Any, told: list[Any]) -> None:
        self.other, self.told = other, told

    def next(self) -> Any:
        some = self.other.next()
        if some is not None:
            self.told.append(some)
        return some


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Share from the first seal on; return what came from the other process."""
    monkeypatch.setattr(abreast, "WORTH_SHARING", 1)
    told: list[Any] = []
    elsewhere = abreast._elsewhere

    @contextmanager
    def heard(*words: Any) -> Iterator[Heard]:
        with elsewhere(*words) as other:
            yield Heard(other, told)

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


def _hangs(*_: object) -> None:
    time.sleep(600)


def _hears_nothing(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def _stands_still(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _babbles(_: object, __: object, ___: object, pipe: Any) -> None:
    pipe.send_bytes(b"\x80\x05no pickle")


def _says_too_much(_: object, __: object, ___: object, pipe: Any) -> None:
    os.write(pipe.fileno(), b"\x7f\xff\xff\xff" + bytes(1_000))


def _breaks_off(_: object, __: object, ___: object, pipe: Any) -> None:
    os.write(pipe.fileno(), b"\0\0\xff\xffbegun")
    time.sleep(600)


def _says_less(_: object, __: object, ___: object, pipe: Any) -> None:
    pipe.send([b"e" * 32])
    pipe.send(placed.Placed([1], [], b""))


def _says_numbers(_: object, __: object, parts: Any, pipe: Any) -> None:
    pipe.send([7] * len(parts[0]))
    pipe.send(7)


def _places_elsewhere(_: object, __: object, parts: Any, pipe: Any) -> None:
    pipe.send(placed.Placed([parts[0].stop], ["ALX"], b"l" * 32))


EVIL = [_hangs, _hears_nothing, _stands_still, _babbles, _says_too_much, _breaks_off, _says_less, _says_numbers, _places_elsewhere]


@pytest.mark.parametrize("body", EVIL)
def test_whatever_the_other_process_does_all_is_read_here(
    office: Office, processes: list[Any], monkeypatch: pytest.MonkeyPatch, body: Callable[..., None]
) -> None:
    from_before.lay(office, 5)
    office.run("database", "upgrade", now=None, keys=False)
    monkeypatch.setattr(abreast, "_SILENT", 0.5)
    monkeypatch.setattr(forked, "_END_SECONDS", 0.5)
    with office.locations.engine() as engine, reading(engine) as connection:
        end = positions.following(connection)
        entries = list(positions.entries(connection, 0, end))
        seals = [placed.placed(connection, part) for part in positions.parts(0, end)]
        monkeypatch.setattr(abreast, "_read", body)
        assert list(abreast.entries(connection, 0, end)) == entries
        assert list(abreast.placed(connection, 0, end)) == seals
    assert processes == []
    assert not abreast.multiprocessing.active_children()
