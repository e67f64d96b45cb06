"""Maps of inspections: geometry for the templates, which draw it as SVG. North is up, nothing is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from inspections.visits.queries import Cluster
from seal.area import Area
from seal.inspection import Location
from seal.site import Point, Site, scale
from web import plan
from web.plan import Frame, Plan

CLOSEST_M = 160.0  # a street and its houses
_LEAST, _GROWS = 7.0, 27.0  # radius of a single inspection, and what the fullest cluster has more
_AROUND = 2.6  # what is drawn takes up to this share of a side


class Scene(NamedTuple):
    """Where an inspection was made, and where its license is for. Units are the picture's; what is not known is None."""

    frame: Frame
    ground: Plan
    scan: tuple[float, float] | None
    accuracy: float
    site: tuple[float, float] | None
    radius: float
    footprint: str
    site_seen: bool  # it lies within the picture


def scene(location: Location | None, site: Site | None, areas: Mapping[str, Area], names: Mapping[str, str]) -> Scene | None:
    """Return the picture of a scan and a licensed site; None without a position of either."""
    points = [Point(location.latitude, location.longitude)] if location else []
    points += [site.point] if site else []
    if not points:
        return None
    frame = _around(points, [location.accuracy if location else 0.0, float(site.radius_m) if site else 0.0, *_reaches(site)])
    unit = plan.SIDE / frame.span
    return Scene(
        frame=frame,
        ground=plan.draw(frame, sorted(areas.items()), names=names),
        scan=frame.place(points[0]) if location else None,
        accuracy=round(location.accuracy * unit, 1) if location else 0.0,
        site=frame.place(site.point) if site else None,
        radius=round(site.radius_m * unit, 1) if site else 0.0,
        footprint=_footprint(site, frame) if site and site.footprint else "",
        site_seen=site is not None,
    )


class Places(NamedTuple):
    """Several places, each numbered, on their ground."""

    frame: Frame
    ground: Plan
    spots: tuple[tuple[float, float], ...]


def places(points: Sequence[Point], areas: Mapping[str, Area], names: Mapping[str, str]) -> Places | None:
    """Return the picture of some places; None without one."""
    if not points:
        return None
    frame = _around(points, [0.0])
    return Places(frame, plan.draw(frame, sorted(areas.items()), names=names), tuple(dict.fromkeys(map(frame.place, points))))


class Spot(NamedTuple):
    """A cluster on a map: where, how large (the picture's units), and what it stands for."""

    x: float
    y: float
    r: float
    cluster: Cluster


def spots(frame: Frame, found: Sequence[Cluster]) -> list[Spot]:
    """Return clusters as circles, the largest first so that none hides a smaller one. Their area follows how many they stand for."""
    most = max((each.total for each in found), default=1)
    sizes = [round(_LEAST + _GROWS * (each.total / most) ** 0.5 if each.total > 1 else _LEAST, 1) for each in found]
    drawn = [Spot(*frame.place(Point(each.latitude, each.longitude)), size, each) for each, size in zip(found, sizes, strict=True)]
    return sorted(drawn, key=lambda spot: -spot.r)


def _around(points: Sequence[Point], reaches: Sequence[float]) -> Frame:
    latitudes, longitudes = [point.latitude for point in points], [point.longitude for point in points]
    middle = Point((min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2)
    per_lon, per_lat = scale(middle.latitude)
    apart = max((max(latitudes) - min(latitudes)) * per_lat, (max(longitudes) - min(longitudes)) * per_lon)
    return Frame(middle, max(CLOSEST_M, apart * 1.3, (apart / 2 + max(reaches)) * _AROUND))


def _reaches(site: Site | None) -> list[float]:
    return [max(abs(east), abs(north)) / 10 for east, north in site.footprint] if site else []


def _footprint(site: Site, frame: Frame) -> str:
    return " ".join("{},{}".format(*frame.place(corner)) for corner in plan.footprint(site))
