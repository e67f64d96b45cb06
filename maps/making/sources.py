"""OpenStreetMap's data (.osm.pbf, .osm) as GeoJSON features within a box, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import osmium
from osmium import filter as filters
from osmium.geom import GeoJSONFactory

from . import kinds
from .kinds import Kind

Box = tuple[float, float, float, float]  # west, south, east, north, degrees
Feature = dict[str, Any]


class Source:
    """A file of OpenStreetMap's. `coasts` is complete once `features` has been read to its end."""

    def __init__(self, path: Path, box: Box) -> None:
        self._path = path
        self._box = box
        self._shapes = GeoJSONFactory()
        self.coasts: list[list[tuple[float, float]]] = []

    def features(self) -> Iterator[Feature]:
        """Yield what is drawn, with its layer and zoom as tippecanoe reads them. Raises RuntimeError for what is no such file."""
        reading = (
            osmium.FileProcessor(str(self._path)).with_areas(filters.KeyFilter(*kinds.KEYS)).with_filter(filters.KeyFilter(*kinds.KEYS))
        )
        for each in reading:
            yield from self._of(each)

    def _of(self, each: Any) -> Iterator[Feature]:
        tags = dict(each.tags)
        try:
            if each.is_node():
                yield from self._point(each, tags)
            elif each.is_way():
                yield from self._way(each, tags)
            elif each.is_area() and (kind := kinds.of_area(tags)):
                shape = json.loads(self._shapes.create_multipolygon(each))
                if self._meets(corner for polygon in shape["coordinates"] for corner in polygon[0]):
                    yield _feature(kind, {}, shape)
                    yield from self._landmark(tags, shape["coordinates"][0][0])
        except (osmium.InvalidLocationError, RuntimeError):
            return  # corners that the extract has left out, or a ring that is none

    def _point(self, each: Any, tags: dict[str, str]) -> Iterator[Feature]:
        kind = kinds.of_point(tags)
        spot = (each.location.lon, each.location.lat)
        if kind and kinds.named(tags) and self._meets([spot]):
            yield _feature(kind, tags, {"type": "Point", "coordinates": spot})

    def _way(self, each: Any, tags: dict[str, str]) -> Iterator[Feature]:
        coast = tags.get("natural") == "coastline"
        kind = kinds.of_line(tags)
        if not coast and (kind is None or tags.get("area") == "yes"):
            return
        line = [(node.lon, node.lat) for node in each.nodes if node.location.valid()]
        if len(line) < 2 or not self._meets(line):
            return
        if coast:
            self.coasts.append(line)
        if kind:
            yield _feature(kind, tags, {"type": "LineString", "coordinates": line})

    def _landmark(self, tags: dict[str, str], ring: list[tuple[float, float]]) -> Iterator[Feature]:
        """Yield a point for an area that people know by name: they search it, though its name is not drawn."""
        kind = kinds.of_point(tags)
        if kind and kinds.named(tags):
            middle = [sum(corner[axis] for corner in ring) / len(ring) for axis in (0, 1)]
            yield _feature(kind, tags, {"type": "Point", "coordinates": middle})

    def _meets(self, corners: Any) -> bool:
        """Say whether something may lie within the box, though none of its corners does."""
        west, south, east, north = self._box
        columns, rows = zip(*corners, strict=True)
        return bool(min(columns) <= east and max(columns) >= west and min(rows) <= north and max(rows) >= south)


def _feature(kind: Kind, tags: dict[str, str], shape: Feature) -> Feature:
    said = {"kind": kind.kind, **kinds.named(tags)}
    return {"type": "Feature", "tippecanoe": {"layer": kind.layer, "minzoom": kind.zoom}, "properties": said, "geometry": shape}
