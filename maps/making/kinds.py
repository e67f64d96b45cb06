"""What a thing of OpenStreetMap is on our maps: its layer, its kind as Protomaps call it, and the farthest zoom that shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """Where a thing is drawn, and from which zoom on."""

    layer: str
    kind: str
    zoom: int


_ROADS = {
    **dict.fromkeys(("motorway", "motorway_link"), Kind("roads", "highway", 8)),
    **dict.fromkeys(("trunk", "trunk_link", "primary", "primary_link"), Kind("roads", "major_road", 9)),
    **dict.fromkeys(("secondary", "secondary_link", "tertiary", "tertiary_link"), Kind("roads", "major_road", 11)),
    **dict.fromkeys(("residential", "unclassified", "living_street", "pedestrian", "road"), Kind("roads", "minor_road", 13)),
    "service": Kind("roads", "minor_road", 14),
    **dict.fromkeys(("footway", "path", "steps", "cycleway", "track", "bridleway"), Kind("roads", "path", 14)),
}
_GREEN = {
    **{name: name for name in ("park", "garden", "pitch", "golf_course", "cemetery", "forest", "grass", "recreation_ground", "zoo")},
    "wood": "forest",
    "meadow": "grass",
    "grave_yard": "cemetery",
}
_PLACES = {"city": 8, "town": 9, "suburb": 10, "village": 11, "quarter": 12, "neighbourhood": 13, "locality": 13, "square": 14}
#: Landmarks that people go by; shops are no landmarks, and would be thousands.
_MARKS = {
    "amenity": frozenset(("place_of_worship", "school", "university", "hospital", "police", "post_office", "marketplace", "fuel", "bank")),
    "tourism": frozenset(("museum", "hotel", "attraction")),
    "railway": frozenset(("station", "halt", "tram_stop")),
    "leisure": frozenset(("park", "stadium", "sports_centre")),
    "historic": frozenset(("monument", "castle", "fort")),
}
_POIS_ZOOM = 15
#: Tags without which nothing is drawn: other things are passed over as they are read.
KEYS = ("highway", "railway", "natural", "water", "waterway", "landuse", "leisure", "building", "place", "amenity", "tourism", "historic")


def of_line(tags: Mapping[str, str]) -> Kind | None:
    """Return what a line is drawn as; a coast is none (`land`)."""
    if tags.get("railway") in ("rail", "light_rail", "tram", "subway") and tags.get("tunnel") != "yes":
        return Kind("roads", "rail", 11)
    return _ROADS.get(tags.get("highway", ""))


def of_area(tags: Mapping[str, str]) -> Kind | None:
    """Return what an area is drawn as."""
    if tags.get("natural") == "water" or tags.get("waterway") in ("riverbank", "dock") or tags.get("landuse") in ("reservoir", "basin"):
        return Kind("water", "water", 8)
    if tags.get("building", "no") != "no":
        return Kind("buildings", "building", 14)
    green = next((_GREEN[tags[key]] for key in ("leisure", "landuse", "natural", "tourism", "amenity") if tags.get(key) in _GREEN), None)
    return Kind("landuse", green, 11) if green else None


def of_point(tags: Mapping[str, str]) -> Kind | None:
    """Return what a point with a name is found and drawn as."""
    place = tags.get("place", "")
    if place in _PLACES:
        return Kind("places", place, _PLACES[place])
    return next((Kind("pois", tags[key], _POIS_ZOOM) for key, values in _MARKS.items() if tags.get(key) in values), None)


def named(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the names that our maps write and search."""
    return {key: tags[key] for key in ("name", "name:ar", "name:en") if tags.get(key)}
