"""Real chains of renewals, replayed through the office and its register: each term applied for, paid, approved and issued on its day.

tests/office/services/test_chains.py decides the cases of all 1,105 chains from their days alone; here it is the register that has to find
what came before, twenty years later (so that the leap years stay where they were), for every chain with a lapse and some without.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from sqlalchemy import event

from office.applications import sites
from storage.database import reading
from tests.conftest import ROOT
from tests.office.applications.workplace import Workplace, advertisement, moment

YEARS_LATER = 20
UNBROKEN = 4
Terms = list[tuple[date, date]]


def later(text: str) -> date:
    day = date.fromisoformat(text)
    return day.replace(year=day.year + YEARS_LATER)


def chains() -> list[tuple[str, Terms]]:
    """Every chain with a lapse, and some of the others."""
    terms: dict[str, Terms] = defaultdict(list)
    with (ROOT / "tests/data/chicago_terms.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            terms[row["license"]].append((later(row["from"]), later(row["until"])))
    lapsed = {number: each for number, each in terms.items() if sum(gaps(each)) > 0}
    unbroken = islice(((number, each) for number, each in terms.items() if number not in lapsed and len(each) > 2), UNBROKEN)
    assert len(lapsed) == 9
    return [*lapsed.items(), *unbroken]


def gaps(terms: Terms) -> list[int]:
    """The days without a permit before each term but the first."""
    return [(following[0] - before[1]).days - 1 for before, following in pairwise(terms)]


@pytest.mark.parametrize("named", [True, False], ids=["by its number", "by its place"])
def test_the_register_finds_what_came_before(sqlite: Workplace, named: bool) -> None:
    event.listen(sqlite.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    sqlite.engine.dispose()  # nothing dies here
    for place, (number, terms) in enumerate(chains()):
        issued: list[str] = []
        for (first, last), gap in zip(terms, [0, *gaps(terms)], strict=True):
            now = moment((first - timedelta(days=1)).isoformat())
            fields = advertisement(
                trade_name=f"لوحة {number}",
                latitude=f"{31.264 + place * 0.001:.6f}",
                longitude="30.000",
                valid_from=first.isoformat(),
                valid_until=last.isoformat(),
                stayed_up="yes" if issued else "",
            )
            service = "advertisement.renewal" if named and issued else "advertisement.first"
            application = sqlite.submitted(service, fields | ({"license": issued[-1]} if named and issued else {}), now=now)
            case = sqlite.show(application).case
            assert case is not None
            assert case.previous == (issued[-1] if issued else None)
            assert case.kind == ("first" if not issued else "lapsed" if gap else "renewal"), (number, first)
            assert (case.fine.period.days if case.fine.period else 0) == gap, "submitted the day before it begins"
            sqlite.pay(application, now=now)
            sqlite.do("approve", application, now=now)
            issued.append(sqlite.issue(application, now=now))
            with reading(sqlite.engine) as connection:
                links = sites.links(connection, issued[-1])
            assert links == (((issued[-1], issued[-2], case.kind),) if len(issued) > 1 else ())
