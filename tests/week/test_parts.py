"""What the week is made of: timers at systemd's times, every unit, a clock that moves, a network that breaks, a plan of faults."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import clock
from tests.conftest import unavailable
from tests.deploy import units
from tests.ports import free_port
from tests.week import auditor, city, faults, outside, portal, run, simulated, street, timetable
from tests.week.__main__ import Outcome
from tests.week.comparing import Checked
from tests.week.people import RefusedError, TroubleError
from tests.week.proxy import Proxy
from tests.week.simulated import SimulatedClock

MOMENTS = ("2026-11-22 04:29:59", "2026-11-22 23:59:59", "2027-04-29 22:10:00", "2027-10-28 20:50:00", "2028-02-29 01:09:59")


@pytest.mark.parametrize("timer", [*timetable.timers()], ids=str)
def test_a_timer_goes_off_when_systemd_says(timer: timetable.Timer) -> None:
    if not shutil.which("systemd-analyze"):
        unavailable("systemd-analyze is missing: package systemd")
    for moment in MOMENTS:
        words = ["systemd-analyze", "calendar", f"--base-time={moment} UTC", timer.calendar]
        told = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ | {"TZ": "UTC"}).stdout  # noqa: TID251
        found = re.search(r"Next elapse: \w+ (\S+ \S+) UTC", told)
        assert found, told
        at = timer.after(int(datetime.fromisoformat(f"{moment}+00:00").timestamp()))
        assert datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S") == found[1]


def test_a_timer_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.timer").write_text("[Timer]\nOnCalendar=Mon *-*-* 03:00:00\n")
    (timer,) = timetable.timers(tmp_path)
    with pytest.raises(ValueError, match="not known here"):
        timer.after(0)
    (tmp_path / "a.timer").write_text("[Timer]\nOnBootSec=5min\n")
    with pytest.raises(ValueError, match="only OnCalendar"):
        list(timetable.timers(tmp_path))


def test_no_unit_of_the_package_is_left_out() -> None:
    """A new service runs in the week, or a new timer starts it: whoever adds one has to say which."""
    timed = {timer.service for timer in timetable.timers()}
    assert {unit.name for unit in units.services()} == {*city.ON_OFFICE, *city.ON_VERIFIER, *timed}


def test_every_kind_of_fault_is_there_each_day_one_at_a_time() -> None:
    planned = faults.plan(1904, 0, 7)
    for day in range(7):
        today = [each for each in planned if each.begins // 86_400 == day]
        assert {each.kind for each in today} == set(faults.KINDS)
    ordered = sorted(planned, key=lambda each: each.begins)
    assert all(one.ends <= other.begins for one, other in itertools.pairwise(ordered))
    assert planned == faults.plan(1904, 0, 7) != faults.plan(1905, 0, 7)


def test_a_comparison_of_nothing_speaks_against_the_week() -> None:
    """An auditor that looked at no rows has found no disagreement, and that is none of its merits."""
    assert not Checked("a", 3, ()).against
    assert Checked("a", 3, ("differs",)).against == ("differs",)
    assert "only 0 were compared" in Checked("a", 0, ()).against[0]
    outcome = Outcome(
        SimpleNamespace(agenda=SimpleNamespace(findings=[]), city=SimpleNamespace(stopped=[]), ran=[]), (Checked("a", 0, ()),), {}, {}, 1.0
    )
    assert len(outcome.wrong) == 1 and "a: only 0" in outcome.wrong[0]


def test_every_way_of_paying_is_there_within_three_days() -> None:
    assert len(set(portal.TOLD)) == 12 and set(portal.REVERSED) < set(portal.TOLD)
    three = [portal.TOLD[(serial * 4 + place) % len(portal.TOLD)] for serial in range(3) for place in range(4)]
    assert set(three) == set(portal.TOLD)


def test_a_wall_may_hold_several_editions_and_the_newest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    query = "SELECT edition FROM seal WHERE number = :number ORDER BY edition DESC"
    with contextlib.closing(sqlite3.connect(path)) as held:
        held.execute("CREATE TABLE seal (number, edition)")
        held.executemany("INSERT INTO seal VALUES (?, ?)", [("A", 0), ("A", 2), ("A", 1), ("B", 7)])
        held.commit()
    assert street.first(str(path), query, number="A").edition == 2
    with pytest.raises(RefusedError, match="no row for"):  # a fault of the week's own: nobody comes again for it
        street.first(str(path), query, number="C")
    with pytest.raises(TroubleError, match="cannot be read"):
        street.first(f"postgresql://127.0.0.1:{free_port()}/nobody", query, number="A")


def test_every_way_of_a_violation_is_there_within_three_days() -> None:
    ways = {"upheld", *(ending for day in run._VIOLATIONS for ending in day)}
    assert ways == {"upheld", "granted", "overtaken", "paid_first", "paid", "cancelled", "proposed"}
    assert len(run._VIOLATIONS) == 3


def test_a_clock_goes_astray_of_everything_that_dates_or_ends_something() -> None:
    for kind in ("clock ahead", "clock behind"):
        about = {each.about for each in faults.plan(1904, 0, 7) if each.kind == kind}
        assert about == {"khatm-worker", "khatm-publisher", "khatm-sender", "khatm-poller", "khatm-enforcer"}


@pytest.fixture
def moving(tmp_path: Path) -> SimulatedClock:
    try:
        return SimulatedClock(tmp_path / "clocks", 1_750_000_000)
    except simulated.FaketimeUnavailable as error:
        unavailable(str(error))
        raise


ASKED = "import sys, time\nfor _ in sys.stdin:\n    print(int(time.time()), time.monotonic(), flush=True)\n"


class Program:
    """A program that says the time when it is asked."""

    def __init__(self, clock_: SimulatedClock, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ASKED], env=clock_.environment(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self) -> tuple[int, float]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        now, counted = self.process.stdout.readline().split()
        return int(now), float(counted)


@pytest.fixture
def two(moving: SimulatedClock) -> Iterator[tuple[Program, Program]]:
    made = Program(moving, "one"), Program(moving, "two")
    yield made
    for each in made:
        each.process.kill()
        each.process.communicate()


def test_the_clock_is_moved_for_all_that_run_or_for_one_alone(moving: SimulatedClock, two: tuple[Program, Program]) -> None:
    one, other = two
    assert abs(one.ask()[0] - 1_750_000_000) < 60
    began = one.ask()[1]
    moving.advance(86_400)
    assert abs(one.ask()[0] - moving.seconds()) < 5 and abs(other.ask()[0] - moving.seconds()) < 5
    assert abs(moving.seconds() - 1_750_086_400) < 60
    moving.stray("two", -86_400)
    assert abs(other.ask()[0] - (moving.seconds() - 86_400)) < 5 and abs(one.ask()[0] - moving.seconds()) < 5
    moving.stray("two", 0)
    assert abs(other.ask()[0] - moving.seconds()) < 5
    assert one.ask()[1] - began < 60, "what counts seconds is not moved"


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says back what it hears."""
    port = free_port()
    listener = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_say_back, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield port
    listener.close()


def _say_back(client: socket.socket) -> None:
    with client, contextlib.suppress(OSError):
        while data := client.recv(4096):
            client.sendall(data)


def said_back(port: int, data: bytes, seconds: float = 5) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as one:
        one.sendall(data)
        found = b""
        while len(found) < len(data) and (more := one.recv(4096)):
            found += more
        return found


def test_a_network_that_refuses_hangs_resets_and_gets_well(echo: int) -> None:
    line = Proxy(free_port(), echo)
    long = b"x" * 500
    assert said_back(line.port, long) == long
    line.becomes("refuses")
    with pytest.raises(OSError):
        assert said_back(line.port, long) == long, "nothing came"
        raise OSError
    line.becomes("hangs")
    with pytest.raises(TimeoutError):
        said_back(line.port, long, 0.5)
    line.becomes("resets")
    with contextlib.suppress(ConnectionError):
        assert len(said_back(line.port, long)) < len(long), "broken in the middle"
    line.becomes("slow")
    assert said_back(line.port, long) == long
    line.becomes("well")
    assert said_back(line.port, long) == long
    assert line.harmed >= 3
    line.close()


def test_a_log_is_rebuilt_by_the_auditor_s_own_hashes(tmp_path: Path) -> None:
    """Against the tree of our own, at sizes that are and are not whole; an entry that is changed is seen."""
    from transparency.builder import TreeBuilder
    from transparency.tree import leaf_hash

    for size in (1, 2, 3, 255, 256, 257, 600):
        entries = [bytes([place % 251]) * 32 for place in range(size)]
        builder = TreeBuilder()
        builder.append(leaf_hash(each) for each in entries)
        folder = tmp_path / str(size) / "tile/entries"
        for index in range((size + 255) // 256):
            part = entries[index * 256 : index * 256 + 256]
            path = folder / (f"{index:03}" if len(part) == 256 else f"{index:03}.p/{len(part)}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(len(each).to_bytes(2, "big") + each for each in part))
        assert auditor._entries(tmp_path / str(size), size) == entries
        assert auditor._root([leaf_hash(each) for each in entries]) == builder.root()
        changed = [*entries[:-1], b"another"]
        assert auditor._root([leaf_hash(each) for each in changed]) != builder.root()


def test_the_week_begins_on_a_sunday_and_is_over_before_the_machine_s_own_today() -> None:
    """Files are dated by the machine's clock: none may look older than the moment it was made in."""
    today = clock.seconds()
    for count in (1, 7):
        midnight = run.begin(today, count)
        assert datetime.fromtimestamp(midnight + 43_200, UTC).weekday() == 6
        assert midnight + (count + 2) * 86_400 <= today + 86_400


def test_the_provider_that_a_fault_ended_goes_on_with_its_books(tmp_path: Path) -> None:
    provider = outside.Provider(tmp_path, SimulatedClock(tmp_path / "clocks", clock.seconds() + 86_400), notify="http://127.0.0.1:9/")
    try:
        provider.start()
        provider.till("fault", path="charge", fault="die", times=1)
        provider.tend()
        assert provider.code() is None and provider.books.exists()
        provider.kill()
        assert provider.code() == -signal.SIGKILL
        provider.tend()
        assert provider.code() is None and provider.orders() == []
    finally:
        provider.kill()
