"""Work that comes by itself: by a line, evenly, to stand-ins; never to whoever had a hand in it; the same rows give the same answer."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from issuer.errors import IssuerError
from office.work import absences, assigning, records, rules
from office.work.absences import HOPS, present
from seal import days
from tests.office.applications.workplace import DAY, NOW, moment
from tests.office.work.conftest import Team
from tests.office.work.test_assigning import history, refused

TODAY = days.day_of(NOW)
REVIEWERS = ("reem", "adel", "sara")


def rule(team: Team, *names: str, service: str = "", state: str = "", authority: str = "MN1") -> int:
    """A line of the table."""
    people_ = [team.ids[name] for name in names]
    id_: int = team.do("hoda", rules.add, authority=authority, service=service, state=state, people_=people_)
    return id_


def away(team: Team, name: str, stand_in: str | None, first: date = TODAY, last: date = TODAY) -> int:
    id_: int = team.do(name, absences.leave, team.ids[name], first, last, team.ids[stand_in] if stand_in else None)
    return id_


def test_without_a_line_nothing_is_dealt(small: Team) -> None:
    number = small.review()
    assert small.deal() == 0 and small.holder(number) == ""


def test_evenly_among_those_who_may(team: Team) -> None:
    rule(team)
    numbers = [team.review(now=NOW - DAY + step) for step in range(7)]
    team.do("adel", assigning.take, numbers[6])
    assert team.deal() == 6 and team.deal() == 0
    held = Counter(team.holder(number) for number in numbers)
    assert set(held) == set(REVIEWERS), "no cashier, clerk, stranger; no manager where others may"
    assert max(held.values()) - min(held.values()) <= 1
    assert [team.holder(number) for number in numbers[:3]] == ["reem", "sara", "reem"], "least open work, then who waited longest"


def test_the_narrowest_line_counts(small: Team) -> None:
    rule(small)
    rule(small, "sara", service="shop")
    assert small.deal() == 0
    first = small.review()
    small.deal()
    assert small.holder(first) == "sara"
    narrow = rule(small, "adel", service="shop.first", state="under_review")
    second = small.review()
    small.deal()
    assert small.holder(second) == "adel"
    small.do("hoda", rules.remove, narrow)
    third = small.review()
    small.deal()
    assert small.holder(third) == "sara"


def test_lines_are_for_whoever_leads_the_authority(small: Team) -> None:
    given = {"service": "", "state": "", "people_": ()}
    assert refused(small, "hoda", rules.add, authority="SHQ", **given) == "assign_manager"
    assert refused(small, "reem", rules.add, authority="MN1", **given) == "assign_manager"
    assert refused(small, "hoda", rules.add, authority="MN1", service="", state="", people_=[small.ids["nour"]]) == "rule_member"
    assert refused(small, "hoda", rules.add, authority="MN1", service="", state="", people_=[small.ids["karim"]]) == "rule_member"
    assert refused(small, "hoda", rules.add, authority="MN1", service="boat", state="", people_=()) == "rule_unknown"
    assert refused(small, "hoda", rules.add, authority="MN1", service="", state="issued", people_=()) == "rule_unknown"
    id_ = rule(small)
    assert refused(small, "hoda", rules.add, authority="MN1", **given) == "rule_there"
    assert refused(small, "reem", rules.remove, id_) == "rule_unknown"


def test_who_had_the_step_gets_it_back_and_who_gave_it_back_does_not(small: Team) -> None:
    rule(small)
    number = small.review()
    small.do("sara", assigning.take, number)
    small.work.do("request_inspection", number, actor=small.actor("sara"), reason="للمعاينة")
    small.do("mona", assigning.take, number)
    small.work.do("record_inspection", number, actor=small.actor("mona"), outcome="fits", reason="مطابق")
    small.deal()
    assert small.holder(number) == "sara"
    small.do("sara", assigning.give_back, number)
    small.deal()
    assert small.holder(number) in ("reem", "adel")


def test_a_stand_in_gets_what_is_new_and_leave_ends_by_the_day(team: Team) -> None:
    rule(team, "reem")
    away(team, "reem", "adel")
    number = team.review()
    team.deal()
    assert team.holder(number) == "adel" and history(team, number)[-1][1] == "stand_in"
    night = moment((TODAY).isoformat()) + 11 * 3600 + 3599  # 22:59:59 UTC and still today in Cairo
    late = team.review(now=NOW)
    team.deal(now=night - 3600)
    assert team.holder(late) == "adel"
    morning = days.start_of(TODAY) + DAY
    next_ = team.review(now=NOW)
    team.deal(now=morning)
    assert team.holder(next_) == "reem", "nobody ended it: the day did"


def test_a_stand_in_who_entered_the_case_is_passed_over_and_told(team: Team) -> None:
    team.join("omar", ("MN1", "clerk"), ("MN1", "reviewer"))
    rule(team, "reem")
    away(team, "reem", "omar")
    number = team.review(entered_by=team.actor("omar"))
    team.deal()
    assert team.holder(number) in ("adel", "sara")
    assert ("omar", "stand_in", "own") in history(team, number)
    with team.engine.connect() as connection:
        assert [(line.ended_how, about) for line, about in records.untold(connection, team.ids["omar"])] == [("own", number)]


def test_by_hand_too_the_stand_in_gets_it(small: Team) -> None:
    number, other = small.review(), small.review()
    away(small, "reem", "adel")
    small.do("hoda", assigning.give, number, small.ids["reem"])
    assert small.holder(number) == "adel"
    away(small, "sara", None)
    assert refused(small, "hoda", assigning.give, other, small.ids["sara"]) == "assign_away"


def test_what_nobody_may_have_waits_and_holds_nobody_up(small: Team) -> None:
    """All three reviewers are away: a manager gets it; she entered it: it stays, and another case goes on."""
    small.join("both", ("MN1", "clerk"), ("MN1", "manager"))
    small.join("head", ("SHQ", "manager"))
    rule(small)
    own = small.review(entered_by=small.actor("both"))
    for name in REVIEWERS:
        away(small, name, None)
    away(small, "hoda", None)
    other = small.review()
    assert small.deal() == 1
    assert (small.holder(own), small.holder(other)) == ("", "both")


@pytest.mark.parametrize(
    ("name", "about", "first", "last", "stand_in", "code"),
    [
        ("reem", "reem", 0, 0, "reem", "stand_in_self"),
        ("reem", "reem", 0, 0, "sara", "stand_in_away"),
        ("reem", "reem", 0, 0, "nour", "stand_in_role"),
        ("reem", "reem", 0, 0, "tarek", "stand_in_role"),
        ("reem", "reem", 1, 0, "adel", "leave_days"),
        ("reem", "reem", -2, -1, "adel", "leave_past"),
        ("reem", "reem", 0, 400, "adel", "leave_long"),
        ("reem", "adel", 0, 0, None, "assign_manager"),
        ("hoda", "nour", 0, 0, None, "assign_manager"),
        ("sara", "sara", 0, 0, None, "leave_twice"),
    ],
)
def test_leave_that_is_none(small: Team, name: str, about: str, first: int, last: int, stand_in: str | None, code: str) -> None:
    away(small, "sara", None)
    first_day, last_day = (days.day_of(NOW + DAY * step) for step in (first, last))
    with pytest.raises(IssuerError) as error:
        small.do(name, absences.leave, small.ids[about], first_day, last_day, small.ids[stand_in] if stand_in else None)
    assert error.value.code == code


def test_leave_is_called_off_by_who_is_away_or_a_manager(small: Team) -> None:
    id_ = away(small, "reem", "adel")
    assert refused(small, "adel", absences.call_off, id_) == "leave_unknown"
    assert refused(small, "karim", absences.call_off, id_) == "leave_unknown"
    small.do("hoda", absences.call_off, id_)
    assert refused(small, "reem", absences.call_off, id_) == "leave_unknown", "once"
    rule(small, "reem")
    number = small.review()
    small.deal()
    assert small.holder(number) == "reem"


def test_chains_and_circles_of_stand_ins_end() -> None:
    assert present({}, 1) == 1
    assert present({1: 2}, 1) == 2
    assert present({1: 2, 2: 3}, 1) == 3
    assert present({1: None}, 1) is None
    assert present({1: 2, 2: 1}, 1) is None, "two rows at the same moment may make a circle"
    chain = {person: person + 1 for person in range(1, 10)}
    assert present(chain, 10 - HOPS) == 10 and present(chain, 1) is None


def test_two_rounds_at_once_deal_nothing_twice(small: Team) -> None:
    rule(small)
    number = small.review()
    assert small.deal() + small.deal() == 1
    assert len(history(small, number)) == 1
