"""Sightings in order of time, by what they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from seal.site import Point

from .records import Sighting


def by(sightings: Iterable[Sighting], key: Callable[[Sighting], str | None]) -> Mapping[str, list[Sighting]]:
    """Return sightings by a key, oldest first in each group; those without the key are left out."""
    groups: dict[str, list[Sighting]] = defaultdict(list)
    for each in sightings:
        if (name := key(each)) is not None:
            groups[name].append(each)
    for group in groups.values():
        group.sort(key=lambda each: (each.at, each.inspection))
    return groups


def by_license(sightings: Iterable[Sighting]) -> Mapping[str, list[Sighting]]:
    """Return sightings by license number; reports without a license are left out."""
    return by(sightings, lambda each: each.license)


def by_device(sightings: Iterable[Sighting]) -> Mapping[str, list[Sighting]]:
    """Return sightings by device."""
    return by(sightings, lambda each: each.device)


def places(sightings: Iterable[Sighting]) -> tuple[Point, ...]:
    """Return where these were, for the map; those without a position are left out."""
    return tuple(each.position.point for each in sightings if each.position)
