"""Typed and measured positions."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from inspector_app.positions import Nowhere, Streamed, Typed
from seal.errors import FormatError
from tests.processes import PATIENCE_SECONDS
from tests.world import NOW


def test_a_typed_position_holds_for_as_long_as_the_tool_runs() -> None:
    position = Typed("31.2001,29.9187,10", now=NOW)
    later = NOW + timedelta(hours=3)
    fix = position.at(later)
    assert (fix.latitude, fix.longitude, fix.accuracy_m, fix.measured_at, fix.source) == (31.2001, 29.9187, 10, later, "typed")


def test_a_position_must_be_written_as_one() -> None:
    with pytest.raises(FormatError, match="fix_invalid"):
        Typed("31,275", now=NOW)


def test_nowhere_has_no_fix() -> None:
    assert Nowhere().at(NOW) is None


def test_a_measured_position_keeps_the_time_of_its_measurement() -> None:
    taken, refused = threading.Event(), []

    def lines() -> Iterator[str]:
        yield "31.2001,29.9187,10\n"
        yield "\n"
        yield "no position\n"
        yield "31.3,29.9,8\n"
        taken.set()

    clock = iter([NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)])
    position = Streamed(lines(), clock=lambda: next(clock), refused=lambda error: refused.append(error.code))
    assert taken.wait(PATIENCE_SECONDS)
    position._thread.join(PATIENCE_SECONDS)
    fix = position.at(NOW + timedelta(hours=1))
    assert fix is not None
    assert (fix.latitude, fix.measured_at, fix.source) == (31.3, NOW + timedelta(seconds=2), "receiver")
    assert refused == ["fix_invalid"]
