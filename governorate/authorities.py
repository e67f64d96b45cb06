"""The authorities of a governorate with their areas: GeoJSON (RFC 7946) Polygons with `code`, `name_ar`, `name_en`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seal.license import AUTHORITY

from . import folder, outlines, yaml_values
from .errors import Faults
from .licensed import Name, named_before
from .yaml_values import YamlValue

_EGYPT = (21.5, 32.0, 24.5, 37.5)  # latitudes, longitudes: what lies elsewhere is metres, or another country
RESERVED = "GOV"  # the governorate's own keys are under this code


class Authority(NamedTuple):
    """An authority and its area: (latitude, longitude) in degrees WGS 84, the outline not closed."""

    code: str
    name: Name
    outline: tuple[tuple[float, float], ...]


def default() -> Mapping[str, Authority]:
    """Return the authorities of this process's governorate by code. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Mapping[str, Authority]:
    """Return the authorities by the file of a governorate's folder. Raises RuleError."""
    return read(yaml_values.read(where / folder.AREAS))


def read(source: YamlValue) -> Mapping[str, Authority]:
    """Return the authorities of a file that was read. JSON is YAML, so a refusal (RuleError) names the line here too."""
    faults = Faults()
    found: dict[str, Authority] = {}
    stands: dict[str, YamlValue] = {}
    features = _member(source, "features").items()
    for feature, each in faults.every(features, lambda feature: (feature, _authority(feature))):
        properties = _member(feature, "properties")
        if each.code in found:
            faults.add(_member(properties, "code").fault("rules_key_twice", each.code))
        found[each.code], stands[each.code] = each, _member(properties, "name_ar")
    for code in named_before({code: each.name for code, each in found.items()}):
        faults.add(stands[code].fault("rules_key_twice", " / ".join(found[code].name.values())))
    if not features:
        faults.add(source.fault("rules_gap", "one authority at least is expected"))
    faults.settle()
    return MappingProxyType(found)


def _authority(feature: YamlValue) -> Authority:
    faults, properties = Faults(), _member(feature, "properties")
    code, name = "", {}
    with faults.noted():
        code = _code(_member(properties, "code"))
    for language in ("ar", "en"):
        with faults.noted():
            name[language] = _named(_member(properties, f"name_{language}"))
    with faults.noted():
        outline = _outline(_member(feature, "geometry"))
    faults.settle()
    return Authority(code, MappingProxyType(name), outline)


def _named(source: YamlValue) -> str:
    if source.empty:  # as a GIS writes a cell without a value
        source.refuse("rules_value_invalid", "a name is expected")
    return source.text()


def _code(source: YamlValue) -> str:
    if not AUTHORITY.fullmatch(source.text()) or source.text() == RESERVED:
        source.refuse("rules_value_invalid", f"a capital letter and one to three capitals or digits, not {RESERVED}")
    return source.text()


def _member(source: YamlValue, key: str) -> YamlValue:
    entries = source.entries()
    if key not in entries:
        source.refuse("rules_key_missing", key)
    return entries[key]


def _outline(geometry: YamlValue) -> tuple[tuple[float, float], ...]:
    _member(geometry, "type").one_of(("Polygon",))
    rings = _member(geometry, "coordinates").items()
    if len(rings) != 1:
        geometry.refuse("rules_value_invalid", "one ring, without holes, is expected")
    corners = [_corner(corner) for corner in rings[0].items()]
    if len(corners) < 4 or corners[0] != corners[-1]:
        rings[0].refuse("rules_value_invalid", "a closed ring of three corners at least is expected")
    if not outlines.simple(corners[:-1]):
        rings[0].refuse("rules_value_invalid", "an outline that does not cross itself is expected")
    return tuple(corners[:-1])


def _corner(source: YamlValue) -> tuple[float, float]:
    """Return (latitude, longitude); GeoJSON writes the longitude first, and may write a height behind."""
    try:
        longitude, latitude = (float(number.text()) for number in source.items()[:2])
    except ValueError:
        source.refuse("rules_value_invalid", "[longitude, latitude] is expected")
    if not (_EGYPT[0] <= latitude <= _EGYPT[1] and _EGYPT[2] <= longitude <= _EGYPT[3]):  # also refuses what is no number
        source.refuse("rules_value_invalid", "degrees (WGS 84) in Egypt are expected, the longitude first")
    return latitude, longitude
