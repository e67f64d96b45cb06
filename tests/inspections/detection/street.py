"""Sightings and sites for the tests of the rules, each as ordinary as can be until a test says otherwise."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

from bench.street import shifted
from inspections.detection.records import DAY_S, Move, Position, Register, Sighting, Site
from seal.site import Point

HERE = Point(31.2001, 29.9187)
START = int(datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp())
_count = iter(range(10**9))


def at(east: float = 0, north: float = 0) -> Point:
    """A point so many metres from HERE."""
    return shifted(HERE, east, north)


def fix(east: float = 0, north: float = 0, accuracy: float = 8.0, **more: Any) -> Position:
    """A position so many metres from HERE."""
    return Position(at(east, north), accuracy, **{"altitude_m": 12.3, "speed_m_s": 0.2, **more})


def seen(license_: str | None = "L1", day: float = 0, position: Position | None = None, **more: Any) -> Sighting:
    """A sighting, `day` days after the first of March."""
    given = {"device": "d1", "officer": "o1", "authority": "SHQ", "type": "shop", **more}
    return Sighting(inspection=f"i{next(_count)}", license=license_, at=START + round(day * DAY_S), position=position, **given)


def site(license_: str = "L1", *moves: Move, name: str = "مخبز الأمل", **more: Any) -> Site:
    """A site at HERE with a radius of 40 m since 2025, or where its moves say."""
    stands = moves or (Move(date(2025, 1, 1), HERE, 40),)
    return Site(license_, **{"authority": "SHQ", "type": "shop", **more}, trade_name=name, moves=stands)


def register(*sites: Site, day: float = 400) -> Register:
    """A register of these, or of L1 alone."""
    return Register({each.license: each for each in sites or (site(),)}, START + round(day * DAY_S))


def jitter(chance: random.Random, east: float = 0, north: float = 0, accuracy: float = 8.0) -> Position:
    """A position as a phone measures it."""
    sigma, stated = accuracy / 1.51, round(accuracy * chance.uniform(0.7, 1.5), 1)
    return fix(east + chance.gauss(0, sigma), north + chance.gauss(0, sigma), stated, altitude_m=round(chance.gauss(10, 5), 1))
