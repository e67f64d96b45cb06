"""All rules, by the codes of what they raise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from . import finds_nothing, licensed_neighbour, never_seen, one_officer, too_exact, too_fast, two_places, two_shops
from .records import Alert, Register, Sighting

Rule = Callable[[Sequence[Sighting], Register], Iterator[Alert]]

#: A rule's name is its page in docs/reference/detection/, with hyphens.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "two_places": two_places.find,
        "two_shops": two_shops.find,
        "too_fast": too_fast.find,
        "too_exact": too_exact.find,
        "one_officer": one_officer.find,
        "never_seen": never_seen.find,
        "licensed_neighbour": licensed_neighbour.find,
        "finds_nothing": finds_nothing.find,
    }
)

#: Rules that look at one license at a time. They are given years of it: a copy is seldom met twice in one season.
REMEMBERING = frozenset({"two_places", "two_shops"})


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield what every rule finds, rule by rule."""
    for rule in RULES.values():
        yield from rule(sightings, register)
