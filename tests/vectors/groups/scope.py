"""Check 4: what the key may seal. Every seal here is signed by a key of the trust list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from geographiclib.geodesic import Geodesic

from seal.site import Point, Site
from tests.vectors import fixed
from tests.vectors.making import Vector, failed, seal

FIRST = date(2026, 3, 1)


def vectors() -> Iterator[Vector]:
    yield Vector(
        "another authority", "the key of AGM, a license in the name of MN1", seal(kid=b"\x02"), failed("scope", "authority_not_permitted")
    )
    there = Site(Point(31.12, 29.78), 40)
    yield Vector("own authority", "the key of AGM, in its own name and area", seal({"authority": "AGM", "site": there}, kid=b"\x02"))
    yield Vector(
        "own name, foreign area",
        "a stolen key of one district cannot license another",
        seal({"authority": "AGM"}, kid=b"\x02"),
        failed("scope", "site_outside_area"),
    )
    yield Vector("type not permitted", "MN1 issues no fuel stations", seal({"type": "fuel"}), failed("scope", "type_not_permitted"))
    yield from _terms()
    yield from _areas()


def _terms() -> Iterator[Vector]:
    def term(days: int, **changes: object) -> str:
        return seal({"type": "advertisement", "last_day": FIRST + timedelta(days=days - 1), **changes})

    too_long = failed("scope", "validity_too_long")
    yield Vector("366 days of 366", "the longest an advertisement may have", term(366))
    yield Vector("367 days of 366", "a day too long", term(367), too_long)
    yield Vector("open-ended where no key may", "advertisements end", seal({"type": "advertisement", "last_day": None}), too_long)
    yield Vector("open-ended shop", "Law 154/2019: shops have no fixed term", seal({"last_day": None}))
    yield Vector("open-ended shop, key may not", "this key gives shops a year", seal({"last_day": None}, kid=b"\x06"), too_long)
    yield Vector(
        "term that gains an hour in autumn",
        "366 days from summer into winter have an hour more, which is let pass",
        seal({"type": "advertisement", "first_day": date(2026, 9, 1), "last_day": date(2027, 9, 1) - timedelta(days=0)}),
    )
    autumn = date(2026, 5, 1)
    yield Vector(
        "term of 366 days ending in winter time",
        "the extra hour",
        seal({"type": "demolition", "first_day": autumn, "last_day": autumn + timedelta(days=1095)}),
    )
    yield Vector(
        "the same and a day",
        "1097 days",
        seal({"type": "demolition", "first_day": autumn, "last_day": autumn + timedelta(days=1096)}),
        too_long,
    )


def _areas() -> Iterator[Vector]:
    _, west, north, _ = fixed.MN1_BOX
    outside = failed("scope", "site_outside_area")
    for name, metres, towards, expect in (
        ("1 m inside the northern edge", 1.0, 180.0, {}),
        ("49.5 m outside the northern edge", 49.5, 0.0, {}),
        ("50.5 m outside the northern edge", 50.5, 0.0, outside),
        ("5 km outside", 5000.0, 0.0, outside),
    ):
        point = Geodesic.WGS84.Direct(north, 30.01, towards, metres)
        site = Site(Point(point["lat2"], point["lon2"]), 40)
        yield Vector(f"site {name}", "areas were never surveyed: 50 m are let pass", seal({"site": site}), expect)
    for metres, expect in ((49.5, {}), (50.5, outside)):
        corner = Geodesic.WGS84.Direct(north, west, 315.0, metres)
        site = Site(Point(corner["lat2"], corner["lon2"]), 40)
        yield Vector(f"site {metres} m off a corner", "the margin is round at corners", seal({"site": site}), expect)
    yield Vector("key without an area", "no area means nowhere", seal(kid=b"\x07"), outside)
    swapped = Site(Point(30.0125, 31.2755), 40)
    yield Vector("latitude and longitude exchanged", "a place near Cairo", seal({"site": swapped}), outside)
