"""What somebody types over a license that is there, read as strictly as a row of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from seal.claims import rounded
from seal.errors import LicenseError
from seal.license import License
from seal.site import Point, Site

from . import coordinates, dates, footprints, measures, texts

TEXTS = ("trade_name", "activity", "holder", "address")
#: Every field that a correction may name, as columns of a file are called.
FIELDS = (*TEXTS, "latitude", "longitude", "radius_m", "footprint", *measures.DETAILS, "valid_from", "valid_until")
_Value = TypeVar("_Value")


def read(old: License, given: Mapping[str, str]) -> tuple[dict[str, Any], list[LicenseError]]:
    """Return the fields of License that change, and all that is wrong with what was `given` by column; what is not given stays."""
    faults: list[LicenseError] = []

    def take(parse: Callable[..., _Value], name: str) -> _Value | None:
        try:
            return parse(given[name], name)
        except LicenseError as error:
            faults.append(error)
            return None

    changes: dict[str, Any] = {name: text for name in TEXTS if name in given and (text := take(texts.parse, name)) is not None}
    changes["site"] = _site(old.site, given, take, faults)
    sizes = {column: take(measures.detail, column) for column in measures.DETAILS if column in given}
    changed = {measures.DETAILS[column][0]: size for column, size in sizes.items() if size is not None}
    changes["details"] = dict(old.details) | changed
    if "valid_from" in given:
        changes["first_day"] = take(dates.parse, "valid_from") or old.first_day
    if "valid_until" in given:
        changes["last_day"] = take(dates.parse, "valid_until")  # empty: an open end
    return changes, faults


def _site(old: Site, given: Mapping[str, str], take: Callable[..., Any], faults: list[LicenseError]) -> Site:
    moved = {name: value for name in ("latitude", "longitude") if name in given and (value := take(coordinates.parse, name)) is not None}
    point: Point = old.point._replace(**moved)
    site = old._replace(point=point)
    if "radius_m" in given:
        site = Site(point, take(lambda text, _: measures.radius(text), "radius_m") or 0)
    if given.get("radius_m") and given.get("footprint"):
        faults.append(LicenseError("radius_and_footprint", "radius_m"))
    outline = take(lambda text, _: footprints.parse(text, rounded(point)), "footprint") if given.get("footprint") else None
    return Site(point, 0, outline) if outline else site
