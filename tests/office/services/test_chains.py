"""Real chains of renewals, replayed as history: 1,105 licenses with 2,170 terms, each term submitted as the next one came."""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from office.services.cases import Permit, decide
from office.services.evidence import Evidence
from tests.conftest import ROOT

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def chains() -> list[list[dict[str, str]]]:
    terms: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (ROOT / "tests/data/chicago_terms.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            terms[row["license"]].append(row)
    assert len(terms) == 1105
    return list(terms.values())


def permit(row: dict[str, str], edition: int) -> Permit:
    return Permit(f"{row['license']}/{edition}", date.fromisoformat(row["from"]), date.fromisoformat(row["until"]))


def stood(on: date) -> list[Evidence]:
    return [Evidence("statement", "", on, True)]


def test_each_term_follows_from_the_one_before(chains: list[list[dict[str, str]]]) -> None:
    gaps: Counter[int] = Counter()
    for rows in chains:
        history = [permit(row, edition) for edition, row in enumerate(rows)]
        for known, (last, following) in enumerate(pairwise(history), start=1):
            assert last.last_day is not None
            # Submitted a day ahead of its own first day.
            case = decide(history[:known], following.first_day - DAY, evidence=stood(following.first_day - DAY))
            assert case.previous == last.number
            gap = (following.first_day - last.last_day).days
            gaps[gap] += 1
            if gap == 1:
                assert (case.kind, case.starts) == ("renewal", following.first_day)
            else:
                assert (case.kind, case.fine.outcome) == ("lapsed", "due")
                assert case.fine.period is not None
                assert case.fine.period.days == gap - 1
    assert gaps == {1: 1056, 98: 4, 731: 3, 732: 1, 367: 1}


def test_every_chain_lapses_the_day_after_its_end(chains: list[list[dict[str, str]]]) -> None:
    for rows in chains:
        history = [permit(row, edition) for edition, row in enumerate(rows)]
        end = max(each.end for each in history)
        assert decide(history, end).kind == "renewal"
        lapsed = decide(history, end + DAY, evidence=stood(end + DAY))
        assert (lapsed.kind, lapsed.previous) == ("lapsed", history[-1].number)
        assert lapsed.fine.period is not None
        assert lapsed.fine.period.days == 1


def test_cancelled_and_revoked_terms_end_that_day(chains: list[list[dict[str, str]]]) -> None:
    """The file does not say on which day a term was cancelled (AAC) or revoked (REV): each day of it has to do."""
    tried = 0
    for rows in chains:
        history = [permit(row, edition) for edition, row in enumerate(rows)]
        if rows[-1]["status"] == "AAI":
            continue
        last = history[-1]
        assert last.last_day is not None
        for ended in (last.first_day + DAY, last.first_day + (last.last_day - last.first_day) / 2, last.last_day):
            ending = [*history[:-1], last._replace(ended=ended)]
            assert decide(ending, ended - DAY).kind == "renewal"
            lapsed = decide(ending, last.last_day, evidence=stood(last.last_day))
            assert (lapsed.kind, lapsed.previous) == ("lapsed", last.number)
            assert lapsed.fine.period is not None
            assert lapsed.fine.period.days == (last.last_day - ended).days + 1
            tried += 1
    assert tried == 3 * sum(rows[-1]["status"] != "AAI" for rows in chains) > 300
