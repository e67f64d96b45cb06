"""What is licensed around the site of an application, for whoever reviews it: what runs there, what ended, what is too close."""

from __future__ import annotations

import math
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection

from issuer.register.neighbours import Standing, standing_within
from office.licenses.standing import State, state_of
from seal.license import License
from seal.site import Point, Site, distance_m, offset, scale

from .sites import SPOT_METRES

MOST = 300  # licenses on one map
_PLANE_ERROR = 5.0  # metres: what `offset` may be wrong by within a kilometre, many times over
_PLANE_DOUBT = 0.5  # metres: the same within the widest reach, 150 m, where it is good to a few millimetres


class Around(NamedTuple):
    """A license around a site, `metres` from its point.

    `day`: its last one if it ended, its first one if it is to come. `close`: of the same type, running or suspended, and within the
    site's reach. `before`: it stood on the same spot and runs no more.
    """

    number: str
    type: str
    name: str
    point: Point
    state: State
    day: date | None
    metres: int
    close: bool
    before: bool


def around(
    connection: Connection, license_: License, south_west: Point, north_east: Point, *, today: date, reach: bool = False
) -> tuple[Around, ...]:
    """Return the licenses within two corners (degrees WGS 84), nearest first, at most `MOST`; with `reach` within the site's reach too."""
    if reach:
        low, high = _reached(license_.site)
        south_west = Point(min(south_west.latitude, low.latitude), min(south_west.longitude, low.longitude))
        north_east = Point(max(north_east.latitude, high.latitude), max(north_east.longitude, high.longitude))
    found = standing_within(connection, south_west, north_east, most=MOST)
    farthest = _farthest(license_.site) + _PLANE_ERROR
    seen = (_seen(each, license_, farthest, today) for each in found)
    return tuple(sorted(seen, key=attrgetter("metres", "number")))


def _seen(each: Standing, license_: License, farthest: float, today: date) -> Around:
    metres = math.hypot(*offset(license_.site.point, each.point.latitude, each.point.longitude))
    state = state_of(each.status, each.first_day, each.last_day, today)
    stands = state in ("valid", "to_come", "suspended")
    reached = metres <= farthest and _is_reached(license_.site, each.point, metres)
    return Around(
        each.number,
        each.type,
        each.trade_name,
        each.point,
        state,
        _day(each, state),
        round(metres),
        close=stands and reached and each.type == license_.type,
        before=not stands and metres <= SPOT_METRES,
    )


def _is_reached(site: Site, point: Point, metres: float) -> bool:
    """Say whether a position, `metres` from a site's point on its plane, is within its reach.

    A geodesic costs a tenth of a millisecond: of three hundred licenses on a map nearly all are plainly out of reach, or plainly within.
    """
    if not site.footprint and abs(metres - site.reach_dm / 10) > _PLANE_DOUBT:
        return metres * 10 <= site.reach_dm
    return distance_m(site, point.latitude, point.longitude) * 10 <= site.reach_dm


def _reached(site: Site) -> tuple[Point, Point]:
    """Return two corners that hold whatever is within the reach of a site, and the spot itself."""
    (latitude, longitude), metres = site.point, max(_farthest(site), SPOT_METRES) + _PLANE_ERROR
    per_lon, per_lat = scale(latitude)
    north, east = metres / per_lat, metres / per_lon
    return Point(latitude - north, longitude - east), Point(latitude + north, longitude + east)


def _farthest(site: Site) -> float:
    """Return how many metres from its point a place within the reach of a site may be at most."""
    return max((math.hypot(east, north) for east, north in site.footprint), default=0.0) / 10 + site.reach_dm / 10


def _day(each: Standing, state: State) -> date | None:
    said = {"ended": each.last_day, "to_come": each.first_day}.get(state)
    return date.fromisoformat(said) if said else None
