"""Streets as people know them: OpenStreetMap parts them at every crossing, and a name needs a stretch that is long enough."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from shapely.geometry import LineString, mapping
from shapely.ops import linemerge

Feature = dict[str, Any]


def joined(features: Iterable[Feature]) -> Iterator[Feature]:
    """Yield features as they come, and lines of one name and kind at the end, joined where one begins at another's end."""
    lines = defaultdict[str, list[Feature]](list)
    for each in features:
        if each["geometry"]["type"] == "LineString" and "name" in each["properties"]:
            lines[json.dumps([each["tippecanoe"], each["properties"]], sort_keys=True)].append(each)
        else:
            yield each
    for same in lines.values():
        merged = linemerge([LineString(each["geometry"]["coordinates"]) for each in same])
        yield from ({**same[0], "geometry": dict(mapping(line))} for line in getattr(merged, "geoms", [merged]))
