"""What the property tests share: settings, and licenses of every kind that the format allows."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from seal import fold
from seal import license as licenses
from seal.license import License
from seal.site import Point, Site, footprint_fault
from tests.share import share

#: Repeatable: a red run is red again. The fuzz target explores further.
RULES = settings(deadline=None, max_examples=share(200), derandomize=True, database=None)
FEW = settings(RULES, max_examples=share(60))

FOLDABLE = "".join(letter for letter in fold.ALPHABET if letter != "\ufffe")


def texts(longest: int) -> st.SearchStrategy[str]:
    """Texts that a license may hold: mostly of the fold's alphabet, some with any letter."""
    usual = st.text(st.sampled_from(FOLDABLE), min_size=1, max_size=longest)
    rare = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=min(longest, 20))
    return st.one_of(usual, usual, rare).filter(lambda text: bool(text.strip()) and not licenses.FORBIDDEN.search(text))


@st.composite
def footprints(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Simple outlines: corners around a middle, in the order of their directions."""
    from math import cos, radians, sin

    angles = sorted(draw(st.sets(st.integers(0, 359), min_size=3, max_size=12)))
    east, north = draw(st.integers(-800, 800)), draw(st.integers(-800, 800))
    reach = [draw(st.integers(100, 900)) for _ in angles]
    ring = tuple((east + round(r * cos(radians(a))), north + round(r * sin(radians(a)))) for a, r in zip(angles, reach, strict=True))
    return ring if footprint_fault(ring) is None else ((0, 0), (300, 0), (0, 300))


@st.composite
def sites(draw: st.DrawFn) -> Site:
    point = Point(draw(st.floats(-89, 89, width=32)), draw(st.floats(-179, 179, width=32)))
    if draw(st.booleans()):
        return Site(point, draw(st.integers(1, 150)))
    return Site(point, 0, draw(footprints()))


@st.composite
def held_licenses(draw: st.DrawFn) -> License:
    first = draw(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
    last = draw(st.none() | st.dates(first, date(2240, 12, 31)))
    return License(
        authority=draw(st.from_regex(r"\A[A-Z][A-Z0-9]{1,3}\Z")),
        type=draw(st.from_regex(r"\A[a-z][a-z_]{1,23}\Z")),
        activity=draw(texts(60)),
        trade_name=draw(texts(80)),
        holder=draw(texts(80)),
        address=draw(texts(120)),
        site=draw(sites()),
        details=draw(details()),
        first_day=first,
        last_day=last,
    )


def details() -> st.SearchStrategy[dict[str, int]]:
    choices: dict[str, Any] = {name: st.integers(1, limit) for name, limit in licenses.DETAIL_LIMITS.items()}
    return st.fixed_dictionaries({}, optional=choices)
