"""The order of visits by risk, beside work as usual: `python -m bench.risk BEFORE.csv AFTER.csv`, columns as chicago_inspections.csv.

Chicago's own measure: AFTER's inspections in another order; of those that found something critical, the share within the first half. The
order is made on the morning of AFTER's first day from BEFORE alone; of AFTER only what a register knows is read for it: which license,
where, kind and class. Beside it stands the order of lists made every morning, which also know what the visits of earlier mornings found.
With one file, `python -m bench.risk FILE --from 2014-01-01`, each two months after that day are held against all before them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from bench.intervals import wilson_text
from bench.visits import FileError, absent, read
from inspections.planning import equity, risk, unseen
from inspections.planning.errors import ShortHistoryError
from inspections.planning.features import Floats, History
from inspections.planning.records import Visit


def order(scores: Floats, after: Sequence[Visit]) -> list[int]:
    """Return the visits' order, the riskiest first. Equal ones by a digest of the license: the file's order would tell the day."""
    return sorted(range(len(after)), key=lambda at: (-scores[at], hashlib.sha256(after[at].site.encode()).digest()))


def first_half(after: Sequence[Visit], places: Sequence[int]) -> tuple[int, int]:
    """Return how many of the inspections with something critical lie in the first half of this order, and how many there are."""
    found = [after[at].critical > 0 for at in places]
    return sum(found[: len(found) // 2]), sum(found)


def with_team(taught: risk.Lessons, after: Sequence[Visit], rows: Floats) -> Floats:
    """Return scores of the same model if it knew which team goes, as Chicago's own did. For comparison; Khatm does not order by it."""
    teams = sorted({each.team for each in taught.visits})

    def extended(rows: Floats, visits: Sequence[Visit]) -> Floats:
        return np.hstack([rows, np.array([[each.team == team for team in teams] for each in visits], float)])

    learnt = extended(taught.rows, taught.visits)
    means, deviations = learnt.mean(axis=0), learnt.std(axis=0)
    deviations[deviations == 0] = 1
    model = LogisticRegression(C=risk.STRENGTH, max_iter=3000).fit((learnt - means) / deviations, taught.found)
    scores: Floats = model.decision_function((extended(rows, after) - means) / deviations)
    return scores


def day_by_day(model: risk.Model, before: Sequence[Visit], after: Sequence[Visit]) -> list[int]:
    """Return the order of lists made every morning: as many visits a day as were made that day, and what they find is known the next.

    A visit is taken to find on its new day what it found on its own, as in Chicago's measure. Once half is visited the order is settled.
    """
    left, places, found = set(range(len(after))), list[int](), list(before)
    for morning, many in sorted(Counter(each.day for each in after).items()):
        pool = sorted(left)
        known = History(found, morning)
        scored = risk.score(model, [risk.candidate_of(after[at]) for at in pool], known)
        ranked = order(np.array([each.probability for each in scored]), [after[at] for at in pool])
        today = [pool[at] for at in ranked[:many]]
        found += [replace(after[at], day=morning) for at in today]
        places += today
        left -= set(today)
        if len(places) >= len(after) // 2:
            break
    return places + sorted(left)


def compare(before: Sequence[Visit], after: Sequence[Visit]) -> tuple[dict[str, tuple[int, int]], risk.Model, Floats]:
    """Return hits and number by order, the model, and its scores. What lies in BEFORE on or after AFTER's first day is left out."""
    morning = min(each.day for each in after)
    earlier = [each for each in before if each.day < morning]
    taught, known = risk.lessons(earlier, morning), History(earlier, morning)
    model, candidates = risk.learn(taught), [risk.candidate_of(each) for each in after]
    scores = np.array([each.probability for each in risk.score(model, candidates, known)])
    team = with_team(taught, after, known.matrix(candidates))
    shares = {
        "by risk": first_half(after, order(scores, after)),
        "by risk, listed anew every morning": first_half(after, day_by_day(model, earlier, after)),
        "as worked": first_half(after, range(len(after))),
        "by risk, if it knew the team, as Chicago's own model did": first_half(after, order(team, after)),
    }
    return shares, model, scores


def unlearnt(before: Sequence[Visit], after: Sequence[Visit]) -> dict[str, tuple[int, int]]:
    """Return hits and number by the order of lists that have no model to go by: the longest not seen first, as in the street."""
    morning = min(each.day for each in after)
    seen = {each.site: each.day for each in before if each.day < morning}
    ranked = unseen.rank([risk.candidate_of(each) for each in after], seen, {}, morning)
    scores = np.array([each.urgency for each in ranked])
    return {"by the longest not seen": first_half(after, order(scores, after)), "as worked": first_half(after, range(len(after)))}


def _windows(visits: Sequence[Visit], start: date) -> Iterator[tuple[list[Visit], list[Visit]]]:
    """Yield, from `start` on, all before a morning and the two months after it."""
    while start + risk.HORIZON <= visits[-1].day:
        after = [each for each in visits if start <= each.day < start + risk.HORIZON]
        yield [each for each in visits if each.day < start], after
        start += risk.HORIZON


def _tell(shares: dict[str, tuple[int, int]], after: Sequence[Visit]) -> None:
    days = [each.day for each in after]
    print(f"{min(days)} to {max(days)}: {len(after)} inspections, {shares['as worked'][1]} with something critical")
    for name, (hits, of) in shares.items():
        print(f"  first half, {name}: {wilson_text(hits, of) if of else 'nothing critical to be found'}")


def _tell_all(visits: Sequence[Visit], start: date) -> None:
    totals: dict[str, list[int]] = {}
    for before, after in _windows(visits, start):
        shares, _, _ = compare(before, after)
        _tell(shares, after)
        for name, pair in shares.items():
            totals[name] = [sum(each) for each in zip(totals.get(name, (0, 0)), pair, strict=True)]
    for name, (hits, of) in totals.items():
        print(f"all, {name}: {wilson_text(hits, of)}")


def _tell_one(visits: Sequence[Visit], after: Sequence[Visit]) -> None:
    try:
        shares, model, scores = compare(visits, after)
    except ShortHistoryError as error:
        print(f"too little before to learn from ({error.visits} visits, {error.critical} with something critical), so no risk is told")
        _tell(unlearnt(visits, after), after)
        return
    _tell(shares, after)
    early = set(order(scores, after)[: len(after) // 2])
    print("area: inspections, visited early, with something critical")
    zones = equity.zones([each.point for each in after], 3)
    for row in equity.table(zones, [at in early for at in range(len(after))], [each.critical > 0 for each in after]):
        print(f"  {row.area}: {row.visits}, {row.early:.0%}, {row.critical:.0%}")
    print("weight of one standard deviation, log-odds")
    for name, weight in model.listing():
        print(f"  {name}: {weight:+.3f}")


def main() -> int:
    """Print the shares, the equity table and the weights. 2 for files that cannot be read as inspections."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("before", type=Path)
    asked.add_argument("after", type=Path, nargs="?")
    asked.add_argument("--from", dest="start", type=date.fromisoformat, default=date(2014, 1, 1))
    given = asked.parse_args()
    try:
        for path in (each for each in (given.before, given.after) if each):
            if missing := absent(path):
                print(f"{path.name}: no column {', '.join(missing)}; what is made of them is the same for every site")
        if given.after is None:
            _tell_all(read(given.before), given.start)
        else:
            _tell_one(read(given.before), read(given.after))
    except (FileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
