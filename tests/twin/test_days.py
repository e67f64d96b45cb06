"""Days of Cairo in JavaScript come from a table, and the table from the pinned tzdata."""

from __future__ import annotations

import json
import random

import pytest

from seal import claims, days
from tests.twin import cairo
from tests.twin.asking import Asker

TABLE = json.loads(cairo.PATH.read_text("utf-8"))
SUMMERS: list[list[int]] = TABLE["summers"]


def test_the_table_is_what_tzdata_says() -> None:
    assert cairo.PATH.read_text("utf-8") == cairo.text(), "tzdata has changed: python -m tests.twin.cairo"


def test_the_table_leaves_no_hour_out() -> None:
    """Another way: every noon and midnight (UTC) of the years that a seal may carry."""
    summers = iter([*SUMMERS, [claims.TIME_MAX, claims.TIME_MAX]])
    begin, end = next(summers)
    for seconds in range(claims.NBF_MIN, claims.TIME_MAX, 43_200):
        if seconds >= end:
            begin, end = next(summers)
        standard = cairo.STANDARD if seconds >= TABLE["since"] else cairo.MEAN
        assert cairo.offset(seconds) == (cairo.SUMMER if begin <= seconds < end else standard)


def test_days_are_the_same(ask: Asker) -> None:
    chance = random.Random("days")
    edges = [instant + more for pair in SUMMERS for instant in pair for more in (-86_400, -7_201, -3_601, -1, 0, 1, 3_599, 7_200)]
    any_ = (chance.randrange(claims.NBF_MIN, claims.TIME_MAX) for _ in range(5_000))
    seconds = [claims.NBF_MIN, claims.TIME_MAX - 1, TABLE["since"] - 1, TABLE["since"], *edges, *any_]
    midnights = [days.start_of(days.day_of(each)) for each in seconds[1:3_000]]
    seconds += [each + more for each in midnights for more in (-1, 0)]
    (answer,) = ask([{"ask": "days", "seconds": seconds}])
    assert answer["days"] == [days.day_of(each).isoformat() for each in seconds]


def test_the_phone_s_own_time_zone_does_not_matter(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    (answer,) = ask([{"ask": "days", "seconds": [1_795_161_600]}])
    assert answer["days"] == [days.day_of(1_795_161_600).isoformat()]
