"""A license as JSON, for rows that wait for a decision and for people who look at the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from seal.license import License
from seal.site import Point, Site


def to_json(license_: License) -> dict[str, Any]:
    """Return the license as plain JSON values."""
    return {
        **license_._asdict(),
        "site": {
            "point": list(license_.site.point),
            "radius_m": license_.site.radius_m,
            "footprint": [list(corner) for corner in license_.site.footprint],
        },
        "details": dict(license_.details),
        "first_day": license_.first_day.isoformat(),
        "last_day": license_.last_day.isoformat() if license_.last_day else None,
    }


def from_json(row: dict[str, Any]) -> License:
    """Return the license that `to_json` wrote; other members of a row that waits are let pass."""
    site = row["site"]
    corners = tuple((east, north) for east, north in site["footprint"])
    return License(
        **{
            **{name: row[name] for name in License._fields},
            "site": Site(Point(*site["point"]), site["radius_m"], corners),
            "first_day": date.fromisoformat(row["first_day"]),
            "last_day": date.fromisoformat(row["last_day"]) if row["last_day"] else None,
        }
    )
