"""What is known of an advertisement after its permit ended: counted, or unknown, never guessed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.services.evidence import Evidence, fine

DAY = timedelta(days=1)
END = date(2026, 6, 30)
SUBMITTED = END + 100 * DAY


def seen(source: str, day: int, standing: bool, removed: int | None = None) -> Evidence:
    """Evidence by days after the permit's end."""
    return Evidence(source, f"{source}-{day}", END + day * DAY, standing, None if removed is None else END + removed * DAY)  # type: ignore[arg-type]


def up(day: int) -> Evidence:
    return seen("inspection", day, True)


def gone(day: int, removed: int | None = None) -> Evidence:
    return seen("inspection", day, False, removed)


def says_up(day: int = 100) -> Evidence:
    return seen("statement", day, True)


def says_gone(removed: int | None, day: int = 100) -> Evidence:
    return seen("statement", day, False, removed)


@pytest.mark.parametrize(
    ("evidence", "reason", "fine_days"),
    [
        ([says_up()], "fine_stayed_up", 100),
        ([up(100)], "fine_stayed_up", 100),
        ([up(1)], "fine_stayed_up", 100),  # it stood, and no removal is evidenced
        ([up(120)], "fine_stayed_up", 100),  # inspected after the submission: up to the submission
        # Gone since the submission, on whatever day: it is fined up to the submission anyway.
        ([up(100), gone(130)], "fine_stayed_up", 100),
        ([up(105), gone(130)], "fine_stayed_up", 100),
        ([says_up(), gone(130)], "fine_stayed_up", 100),
        ([says_up(), gone(100)], "fine_stayed_up", 100),
        ([says_gone(40)], "fine_until_removal", 40),  # the day of removal still counts
        ([gone(60, 40)], "fine_until_removal", 40),
        ([says_gone(1)], "fine_until_removal", 1),
        ([says_gone(0)], "fine_removed_in_time", 0),
        ([says_gone(-20)], "fine_removed_in_time", 0),
        ([gone(-5, -7)], "fine_removed_in_time", 0),
        ([says_gone(99)], "fine_until_removal", 99),
        ([says_gone(100)], "fine_stayed_up", 100),
        ([gone(130, 120)], "fine_stayed_up", 100),  # removed after the submission
        # An inspection outranks a statement that contradicts it.
        ([up(60), says_gone(40)], "fine_stayed_up", 100),
        ([gone(60, 50), says_gone(40)], "fine_until_removal", 50),
        ([gone(60, 50), says_up()], "fine_until_removal", 50),
        # A statement fills the gap that inspections leave.
        ([up(30), says_gone(40)], "fine_until_removal", 40),
        ([up(30), gone(60), says_gone(45)], "fine_until_removal", 45),
        ([up(30), gone(60, 45)], "fine_until_removal", 45),
        ([up(50), gone(50, 50)], "fine_until_removal", 50),  # seen in the morning, removed the same day
        # What was seen while the permit ran says nothing about the time after.
        ([up(-1), says_gone(10)], "fine_until_removal", 10),
        ([gone(60, 45), gone(80, 45)], "fine_until_removal", 45),
        ([says_up(20), says_gone(40)], "fine_until_removal", 40),
    ],
)
def test_what_is_known_is_counted(evidence: list[Evidence], reason: str, fine_days: int) -> None:
    for order in (evidence, evidence[::-1]):
        found = fine(END, SUBMITTED, order)
        assert (found.outcome, found.reason) == ("due" if fine_days else "none", reason)
        assert (found.period.days if found.period else 0) == fine_days


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        ([], "fine_evidence_missing"),
        ([up(0)], "fine_evidence_missing"),  # on its last day it may well have stood
        ([up(-30)], "fine_evidence_missing"),
        ([says_up(0)], "fine_evidence_missing"),
        ([gone(0)], "fine_evidence_missing"),
        ([gone(50)], "fine_removal_day_unknown"),
        ([gone(1)], "fine_removal_day_unknown"),
        ([up(30), gone(50)], "fine_removal_day_unknown"),
        ([gone(130)], "fine_removal_day_unknown"),
        ([up(99), gone(130)], "fine_removal_day_unknown"),  # on the last day it may have been gone
        ([says_up(), gone(99)], "fine_removal_day_unknown"),
        ([says_gone(None)], "fine_removal_day_unknown"),
        ([gone(50), says_up()], "fine_removal_day_unknown"),
        ([gone(50), says_gone(70)], "fine_removal_day_unknown"),  # the statement is refuted, and nobody else knows
        ([gone(50), up(60)], "fine_evidence_conflicts"),  # put up again: nobody knows about the days between
        ([gone(60, 40), up(50)], "fine_evidence_conflicts"),
        ([gone(60, 40), gone(60, 45)], "fine_evidence_conflicts"),
        ([says_gone(40), says_gone(50)], "fine_evidence_conflicts"),
        ([says_up(60), says_gone(40)], "fine_evidence_conflicts"),
        ([gone(40, 50)], "fine_evidence_conflicts"),  # gone ten days before its removal
        ([seen("statement", 60, True, 40)], "fine_evidence_conflicts"),  # up, and removed
    ],
)
def test_what_is_not_known_is_unknown(evidence: list[Evidence], reason: str) -> None:
    for order in (evidence, evidence[::-1]):
        found = fine(END, SUBMITTED, order)
        assert (found.outcome, found.reason, found.period) == ("unknown", reason, None)


EVIDENCE = st.builds(
    seen, st.sampled_from(["inspection", "statement"]), st.integers(-20, 130), st.booleans(), st.none() | st.integers(-20, 130)
)


@given(st.lists(EVIDENCE, max_size=5), st.integers(1, 110))
def test_a_fine_never_exceeds_the_time_since_the_end(evidence: list[Evidence], day: int) -> None:
    found = fine(END, END + day * DAY, evidence)
    assert (found.period is not None) == (found.outcome == "due")
    if found.period is not None:
        assert found.period.first_day == END + DAY
        assert 1 <= found.period.days <= day
        told = {each.seen for each in evidence if each.standing} | {each.removed for each in evidence if each.removed}
        assert any(each > END for each in told), "no fine without evidence that it stood"


@given(st.lists(EVIDENCE, max_size=5), st.integers(1, 110), st.randoms())
def test_the_order_of_the_evidence_does_not_matter(evidence: list[Evidence], day: int, random: object) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fine(END, END + day * DAY, shuffled) == fine(END, END + day * DAY, evidence)
