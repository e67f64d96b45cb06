"""Risk is learnt from what was known before, and says why."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np
import pytest

from bench import risk as bench
from inspections.planning import equity, features, risk
from inspections.planning.features import NAMES, History
from inspections.planning.records import Candidate, Scored, Visit
from inspections.planning.words import WORDS, why
from seal.site import Point

FIRST = date(2024, 1, 1)
MORNING = date(2025, 7, 1)


def visits() -> list[Visit]:
    """Two kinds of shops: a fifth finds something critical half of the time, the others one time in twenty; two teams, one strict."""
    chance = random.Random(7)
    made = []
    for at in range(3600):
        shop = chance.randrange(400)
        bad = shop % 5 == 0
        team = chance.choice(["strict", "mild"])
        critical = chance.random() < (0.5 if bad else 0.05) * (1.4 if team == "strict" else 0.6)
        point = Point(31.2 + (shop % 20) / 500, 29.9 + shop / 5000)
        day = FIRST + timedelta(days=at * 760 // 3600)
        made.append(Visit(f"L{shop}", day, point, "Restaurant", 1, int(critical), 0, chance.randrange(4), critical, team))
    return made


VISITS = visits()
BEFORE = [each for each in VISITS if each.day < MORNING]
AFTER = [each for each in VISITS if each.day >= MORNING]


@pytest.fixture(scope="module")
def model() -> risk.Model:
    return risk.fit(BEFORE, MORNING)


def scores(model: risk.Model, after: list[Visit], known: History) -> list[Scored]:
    return risk.score(model, [risk.candidate_of(each) for each in after], known)


def test_what_is_learnt_finds_more_in_the_first_half(model: risk.Model) -> None:
    scored = scores(model, AFTER, History(BEFORE, MORNING))
    hits, of = bench.first_half(AFTER, bench.order(np.array([each.probability for each in scored]), AFTER))
    usual, _ = bench.first_half(AFTER, range(len(AFTER)))
    assert of > 100 and hits / of > 0.68 > 0.6 > usual / of


def test_nothing_later_is_looked_at(model: risk.Model) -> None:
    """Whatever happens on the morning itself or later, the model, the features and the order are the same."""
    altered = [replace(each, critical=1 - min(1, each.critical), serious=9, minor=9, failed=True, team="x") for each in AFTER]
    assert risk.fit([*BEFORE, *altered], MORNING) == model
    known, fresh = History(BEFORE, MORNING), History([*BEFORE, *altered], MORNING)
    assert scores(model, AFTER, known) == scores(model, altered, fresh)
    changed = [*BEFORE[:-1], replace(BEFORE[-1], critical=1 - min(1, BEFORE[-1].critical))]
    assert scores(model, AFTER, History(changed, MORNING)) != scores(model, AFTER, known), "the last day before is looked at"


def test_the_bench_reads_no_outcome_day_or_team_of_the_second_file() -> None:
    """The same order, whatever the second file's results, days after the first, and teams say."""
    after = AFTER[:250]  # a list for each morning of two months
    altered = [replace(each, critical=0, serious=0, minor=0, failed=False, team="", day=MORNING) for each in after]
    one, two = bench.compare(BEFORE, after), bench.compare(BEFORE, altered)
    assert bench.order(one[2], after) == bench.order(two[2], altered)
    assert one[0]["by risk"][1] > 30 and two[0]["by risk"] == (0, 0)


def test_the_file_s_order_decides_nothing() -> None:
    level = np.zeros(len(AFTER))
    one = [AFTER[at].site for at in bench.order(level, AFTER)]
    backwards = AFTER[::-1]
    assert one == [backwards[at].site for at in bench.order(level, backwards)]


def test_no_officer_and_no_name_is_a_feature() -> None:
    assert not [name for name in NAMES if "officer" in name or name.startswith("team")]
    assert {each.name for each in fields(Candidate)} == {"site", "authority", "point", "kind", "risk_class"}
    assert "officer" not in {each.name for each in fields(Visit)}


def test_who_goes_changes_no_score(model: risk.Model) -> None:
    known = History(BEFORE, MORNING)
    assert scores(model, AFTER, known) == scores(model, [replace(each, team="strict") for each in AFTER], known)


def test_a_strict_team_is_allowed_for() -> None:
    """Two like shops, each once with something critical: by the strict team it says less."""
    crowd = [Visit(f"S{at}", FIRST, None, "", 1, int(at % 2 == 0), 0, 0, False, "strict") for at in range(200)]
    crowd += [Visit(f"M{at}", FIRST, None, "", 1, int(at % 20 == 0), 0, 0, False, "mild") for at in range(200)]
    pair = [Visit(site, FIRST, None, "", 1, 1, 0, 0, True, team) for site, team in (("A", "strict"), ("B", "mild"))]
    known = History([*crowd, *pair], MORNING)
    by_strict, by_mild = known.matrix([Candidate("A", "", None, "", 1), Candidate("B", "", None, "", 1)])
    beyond = NAMES.index("critical_beyond_team_last")
    assert 0 < by_strict[beyond] < by_mild[beyond]


def test_reasons_say_what_is_so(model: risk.Model) -> None:
    last = Visit("L400", MORNING - timedelta(days=400), Point(31.21, 29.95), "Restaurant", 1, 2, 0, 1, True, "mild")
    known = History([*BEFORE, last], MORNING)
    bad, new = risk.score(model, [risk.candidate_of(last), Candidate("new", "", None, "School", 3)], known)
    told = {each.code: each.number for each in bad.reasons}
    assert {"critical_last", "critical_before"} & set(told) and told.get("critical_before", 1) == 1
    assert "critical_last" not in {each.code for each in new.reasons} and "days_since" not in {each.code for each in new.reasons}
    assert all(f"reason_{each.code}" in WORDS for each in (*bad.reasons, *new.reasons))
    assert bad.probability > new.probability


def test_the_words() -> None:
    candidate = Candidate("L1", "", None, "", 1)
    reasons = risk.Reason("days_since", 400, 1.0), risk.Reason("critical_last", 0, 0.5)
    assert why(Scored(candidate, 0.5, reasons), "en") == "not visited for 400 days; critical finding last time"
    assert why(Scored(candidate, 0.5, reasons), "ar") == "لم يُزر منذ 400 يومًا؛ مخالفة جسيمة في الزيارة السابقة"
    assert why(Scored(candidate, 0.5, ()), "en") == "no reason of its own"
    assert {f"reason_{code}" for code in risk._SPOKEN} <= set(WORDS)


def test_every_feature_is_spoken_for_once() -> None:
    spoken = [name for names in risk._SPOKEN.values() for name in names]
    assert sorted(spoken) == sorted(NAMES)


def test_a_model_is_a_listing(model: risk.Model) -> None:
    weights = [abs(weight) for _, weight in model.listing()]
    assert len(weights) == len(NAMES) and weights == sorted(weights, reverse=True)
    assert model.learnt_until == MORNING and model.visits > len(BEFORE)


FEW = VISITS[:400], [replace(each, critical=0) for each in BEFORE], [replace(each, day=FIRST) for each in BEFORE]


@pytest.mark.parametrize("few", FEW)
def test_too_little_to_learn_from(few: list[Visit]) -> None:
    with pytest.raises(ValueError, match=r"too few|less than"):
        risk.fit(few, MORNING)


def test_a_site_without_a_place_or_past_has_features() -> None:
    row = History(BEFORE, MORNING).matrix([Candidate("nobody", "", None, "", 0)])
    assert row.shape == (1, len(NAMES)) and np.isfinite(row).all() and row[0, NAMES.index("never_visited")] == 1
    with pytest.raises(ValueError, match="no visit"):
        History(BEFORE, FIRST)


def test_kinds_as_files_name_them() -> None:
    kinds = {"Daycare (2 - 6 Years)": "daycare", "GROCERY/RESTAURANT": "grocery", "Long Term Care": "care", "NURSING HOME": "care"}
    assert all(features.is_kind(kind, word) for kind, word in kinds.items())
    assert not features.is_kind("Daycare (2 Years)", "care") and not features.is_kind("", "school")


def test_areas_beside_each_other() -> None:
    rows = equity.table(["b", "a", "a", "a"], [True, True, False, False], [False, True, True, False])
    assert rows == [equity.Row("a", 3, 1 / 3, 2 / 3), equity.Row("b", 1, 1.0, 0.0)]
    zones = equity.zones([Point(1, 1), None, Point(1, 2), Point(2, 1), Point(2, 2)], 2)
    assert zones == ["sw", "-", "se", "nw", "ne"]


def test_lists_made_every_morning_know_only_earlier_mornings(model: risk.Model) -> None:
    """The first day's stops are those of the order made at once; what a day finds moves no stop of that day or before."""
    after = AFTER[:120]
    first = sum(each.day == after[0].day for each in after)
    places = bench.day_by_day(model, BEFORE, after)
    assert sorted(places) == list(range(len(after)))
    scored = scores(model, after, History(BEFORE, after[0].day))
    at_once = bench.order(np.array([each.probability for each in scored]), after)
    assert places[:first] == at_once[:first]
    turned = [replace(each, critical=1 - min(1, each.critical)) if at in places[:first] else each for at, each in enumerate(after)]
    again = bench.day_by_day(model, BEFORE, turned)
    assert again[:first] == places[:first] and again != places, "but the days after it know"
