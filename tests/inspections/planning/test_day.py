"""A day's list: by risk and by lot, the two told apart; an order changed with a reason."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from inspections.errors import SENTENCES
from inspections.planning import day
from inspections.planning.errors import PlanningError
from inspections.planning.records import Candidate, Scored, Stop
from inspections.planning.words import why
from seal.site import Point

DAY, LOT = date(2026, 12, 1), b"the log's head of this morning.."
START = Point(31.2, 29.9)


def candidates(count: int, authority: str = "SHQ", risk: float | None = None) -> list[Scored]:
    chance = random.Random(authority)
    return [
        Scored(
            Candidate(f"{authority}{at}", authority, Point(31.2 + chance.random() / 50, 29.9 + chance.random() / 50), "Restaurant", 1),
            at / count if risk is None else risk,
            (),
        )
        for at in range(count)
    ]


def choose(scored: Sequence[Scored], capacity: int = 12, share: float = 0.25, on: date = DAY, lot: bytes = LOT) -> list[Stop]:
    return day.choose(scored, day=on, authority="SHQ", capacity=capacity, random_share=share, lot=lot)


def test_some_by_lot_and_the_riskiest_of_the_others() -> None:
    stops = choose([*candidates(200), *candidates(50, "AGM", 1.0)])
    lots = {each.candidate.site for each in stops if each.chosen == "random"}
    assert len(stops) == len({each.candidate.site for each in stops}) == 12 and len(lots) == 3
    riskiest = [f"SHQ{at}" for at in range(199, -1, -1) if f"SHQ{at}" not in lots][:9]
    assert [each.candidate.site for each in stops if each.chosen == "risk"] == riskiest
    assert {why(each, "ar") for each in stops if each.chosen == "random"} == {"بالقرعة"}


def test_what_alerts_ask_for_comes_before_risk_and_leaves_the_lot_alone() -> None:
    scored = candidates(200)
    usual = choose(scored)
    asked = {"SHQ0", "SHQ1", usual[0].candidate.site}
    stops = day.choose(scored, day=DAY, authority="SHQ", capacity=12, random_share=0.25, lot=LOT, asked=asked)
    assert stops[:3] == usual[:3], "drawn all the same"
    assert {each.candidate.site for each in stops if each.chosen == "alert"} == {"SHQ0", "SHQ1"} and len(stops) == 12
    assert why(stops[3], "en") == "an open alert asks for it"


@pytest.mark.parametrize(("share", "drawn"), [(0, 0), (0.01, 1), (0.1, 2), (0.25, 3), (1, 12)])
def test_the_supervisor_s_share(share: float, drawn: int) -> None:
    assert Counter(each.chosen for each in choose(candidates(200), share=share))["random"] == drawn


def test_nobody_steers_the_lot() -> None:
    """Neither the register's order, nor scores, nor sites that come and go, move what is drawn; another day or lot does."""
    scored = candidates(200)

    def drawn(among: Sequence[Scored], on: date = DAY, lot: bytes = LOT) -> list[str]:
        return [each.candidate.site for each in choose(among, on=on, lot=lot) if each.chosen == "random"]

    usual = drawn(scored)
    assert drawn(scored[::-1]) == usual
    assert drawn([Scored(each.candidate, 0.5, ()) for each in scored]) == usual
    gone = [each for each in scored if each.candidate.site in usual or each.candidate.site.endswith("7")]
    assert drawn(gone) == usual
    assert drawn(scored, DAY + timedelta(1)) != usual
    assert drawn(scored, lot=b"another value of this morning...") != usual


def test_the_lot_is_fair() -> None:
    scored = candidates(40)
    drawn = Counter(each.candidate.site for at in range(1000) for each in choose(scored, on=DAY + timedelta(at)) if each.chosen == "random")
    assert len(drawn) == 40
    # 3,000 draws over 40 sites: chi-square with 39 degrees of freedom, 0.999 quantile 72.1
    assert sum((count - 75) ** 2 / 75 for count in drawn.values()) < 72.1


def test_a_site_without_a_position_is_left_out() -> None:
    lost = Scored(Candidate("SHQx", "SHQ", None, "Restaurant", 1), 1.0, ())
    assert {each.candidate.site for each in choose([lost, *candidates(3)])} == {"SHQ0", "SHQ1", "SHQ2"}


@pytest.mark.parametrize(
    ("capacity", "share", "lot", "code"),
    [
        (0, 0.1, LOT, "capacity_range"),
        (61, 0.1, LOT, "capacity_range"),
        (5, 1.01, LOT, "random_share_range"),
        (5, -0.1, LOT, "random_share_range"),
        (5, float("nan"), LOT, "random_share_range"),
        (5, 0.1, b"2026-12-01", "lot_too_short"),
    ],
)
def test_refusals(capacity: int, share: float, lot: bytes, code: str) -> None:
    with pytest.raises(PlanningError) as refused:
        choose(candidates(9), capacity, share, lot=lot)
    assert refused.value.code == code and code in SENTENCES


def listed() -> day.DayList:
    return day.ordered(choose(candidates(200)), day=DAY, authority="SHQ", start=START, learnt_until=date(2026, 11, 1))


def test_the_list_is_a_way() -> None:
    way = listed()
    assert sorted(each.candidate.site for each in way.stops) == sorted(each.candidate.site for each in choose(candidates(200)))
    assert 1_000 < way.metres < 15_000


def test_another_order_is_an_event_with_its_reason() -> None:
    way = listed()
    before = tuple(each.candidate.site for each in way.stops)
    event = day.reorder(way, before[::-1], officer="o1", reason=" السوق مغلق حتى الظهر ")
    assert event == day.Reorder(DAY, "o1", before, before[::-1], "السوق مغلق حتى الظهر")
    for after, reason, code in (
        (before[1:], "road closed", "reorder_other_stops"),
        ((*before[1:], "SHQ_friend"), "road closed", "reorder_other_stops"),
        (before, "road closed", "reorder_nothing_changed"),
        (before[::-1], "  ", "reason_length"),
        (before[::-1], "x" * 301, "reason_length"),
    ):
        with pytest.raises(PlanningError) as refused:
            day.reorder(way, after, officer="o1", reason=reason)
        assert refused.value.code == code and code in SENTENCES
