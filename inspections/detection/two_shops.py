"""One code in use at two shops within one radius: places do not tell them apart, but boards do (docs/reference/detection/two-shops.md).

What was seen under a license is explained twice: by one shop, which may have changed once, and by two shops. What the second explanation
saves, in bans, is the weight of evidence. Photographs are shown beside each other and weigh nothing: two pictures of one shop differ as
much as two of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from . import boards
from .boards import Cost
from .geometry import metres
from .grouping import by_license, places
from .records import Alert, Evidence, Register, Sighting, Site

CODE = "two_shops"
THRESHOLD = 3.0  # bans
MOST = 12  # sightings of a license that are looked at, the newest
SAID = 0.3  # bans that a distance must weigh to be spoken of


class _Split(NamedTuple):
    saved: Cost
    home: tuple[Sighting, ...]
    other: tuple[Sighting, ...]


def _differ(group: Sequence[Sighting]) -> bool:
    """Say whether two boards were read at all: a place alone is two_places' affair."""
    names = list(dict.fromkeys(each.name_seen for each in group if each.name_seen))
    return len({each.type_seen for each in group if each.type_seen}) > 1 or any(
        boards.same(one, two) is False for at, one in enumerate(names) for two in names[:at]
    )


class _Looked:
    """One license's sightings, and what ways to part them into two shops save."""

    def __init__(self, group: Sequence[Sighting], site: Site | None) -> None:
        self.group, self.site = group, site
        self.one = boards.changed(group, site)._replace(place=self._place(range(len(group))))

    def _place(self, members: Sequence[int]) -> float:
        return boards.place([position for at in members if (position := self.group[at].position)])

    def saved(self, other: frozenset[int]) -> Cost:
        """Return what it saves to take these for another shop's."""
        sides = [at for at in range(len(self.group)) if at not in other], sorted(other)
        two = [boards.constant([self.group[at] for at in side], self.site)._replace(place=self._place(side)) for side in sides]
        return Cost(*(alone - sum(pair) for alone, *pair in zip(self.one, *two, strict=True)))

    def best(self) -> _Split | None:
        """Return the parting that saves most of those that boards speak for: from each alone, one moved at a time while that saves."""
        held: dict[frozenset[int], Cost] = {}
        for at in range(len(self.group)):
            self._climb(frozenset({at}), held)
        found = max((each for each, cost in held.items() if cost.boards > 0), key=lambda each: held[each].total, default=None)
        if found is None:
            return None
        home, other = ([each for at, each in enumerate(self.group) if (at in found) is side] for side in (False, True))
        return _Split(held[found], tuple(home), tuple(other))

    def _climb(self, start: frozenset[int], held: dict[frozenset[int], Cost]) -> None:
        def total(parting: frozenset[int]) -> float:
            if parting not in held:
                held[parting] = self.saved(parting)
            return held[parting].total

        here = start
        while True:
            ways = [here ^ {at} for at in range(len(self.group))]
            best = max((each for each in ways if 0 < len(each) < len(self.group)), key=total, default=here)
            if total(best) <= total(here):
                return
            here = best


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield one alert for each license whose boards were two shops'."""
    for license_, group in by_license(sightings).items():
        seen = group[-MOST:]
        if len(seen) < 2 or not _differ(seen):
            continue
        split = _Looked(seen, register.sites.get(license_)).best()
        if split and split.saved.total >= THRESHOLD:
            yield _alert(license_, split)


def _pair(split: _Split) -> tuple[Sighting, Sighting]:
    """Return one of each shop, oldest first: those whose boards differ, the first that were seen. Later visits do not change them."""
    pairs = [(one, two) for one in split.home for two in split.other]
    one, two = min(pairs, key=lambda pair: (not _differ(pair), *sorted(((each.at, each.inspection) for each in pair), reverse=True)))
    return (one, two) if (one.at, one.inspection) < (two.at, two.inspection) else (two, one)


def _evidence(one: Sighting, two: Sighting, saved: Cost) -> Iterator[Evidence]:
    if one.name_seen and two.name_seen and boards.same(one.name_seen, two.name_seen) is False:
        yield Evidence("name_seen", two.name_seen, one.name_seen, round(saved.name + saved.change, 1))
    if one.type_seen and two.type_seen and one.type_seen != two.type_seen:
        yield Evidence("type_seen", two.type_seen, one.type_seen, round(saved.type, 1))
    if saved.place > SAID and one.position and two.position:
        yield Evidence("apart_m", round(metres(one.position.point, two.position.point)), 0, round(saved.place, 1))
    yield Evidence("weight_bans", round(saved.total, 1), 0, THRESHOLD)


def _alert(license_: str, split: _Split) -> Alert:
    pair = one, two = _pair(split)
    return Alert(
        CODE,
        "license",
        license_,
        two.authority,
        (one.inspection, two.inspection),
        places(pair),
        tuple(_evidence(one, two, split.saved)),
        gaps={"license": license_, "one": _name(one, split), "two": _name(two, split)},
    )


def _name(seen: Sighting, split: _Split) -> str:
    """Return the name on the board of a sighting's shop: its own reading, or another's."""
    shop = split.home if seen in split.home else split.other
    return next((each.name_seen for each in (seen, *shop) if each.name_seen), "—")
