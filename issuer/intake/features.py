"""GeoJSON (RFC 7946): a FeatureCollection whose properties are the columns, read one feature at a time."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from . import columns, footprints, wkt
from .columns import NAMES, Header
from .errors import IntakeError
from .row import COORDINATES, TEXTS, Row, Typed

_CHUNK = 1 << 16
_VALUE_MAX = 4 << 20  # characters of one feature; a license has a few hundred
_WGS84 = ("CRS84", "4326")
_NAMES_MAX, _NAME_MAX = 200, 60  # of properties


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class _Number(str):
    """A number as it was written, so that a position reaches the grammar of coordinates with its digits."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_no_constant)


def read(stream: BinaryIO) -> tuple[Header, Iterator[Row]]:
    """Return the columns, and the rows: one for each feature, numbered from 1. Raises IntakeError, and so does the iterator."""
    names = _names(_features(stream))
    # The geometry says where; a member that is missing everywhere is an open end.
    if absent := columns.absent({*columns.meant(names), "latitude", "longitude", "valid_until"}):
        raise IntakeError("file_columns_unknown", ", ".join(absent))
    known = {name: column for name, column in zip(names, columns.meant(names), strict=True) if column}
    header = Header(tuple(NAMES), tuple(NAMES), unread=tuple(name for name in names if name not in known))
    return header, (_row(number, feature, known) for number, feature in enumerate(_features(stream), 1))


def _features(stream: BinaryIO) -> Iterator[Any]:
    stream.seek(0)
    utf16 = stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding="utf-16" if utf16 else "utf-8-sig")
    try:
        yield from _Reader(text).features()
    finally:
        text.detach()  # the table closes the stream, not whoever drops this wrapper


def _names(features: Iterator[Any]) -> list[str]:
    """Return the names of all properties, each once: any feature may lack some.

    Raises IntakeError `file_empty`, or what the first feature raises; what a later one raises is told again where the rows are read.
    """
    names: dict[str, None] = {}
    seen = 0
    try:
        for seen, feature in enumerate(features, 1):  # noqa: B007 - how far it came counts
            for name in _properties(feature):
                if len(names) < _NAMES_MAX:
                    names.setdefault(name[:_NAME_MAX])
    except IntakeError:
        if not seen:
            raise
    if not seen:
        raise IntakeError("file_empty")
    return list(names)


class _Reader:
    """A window that moves over the file, so that memory does not grow with it."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._window = ""
        self._at = 0

    def features(self) -> Iterator[Any]:
        """Yield each member of `features`. Raises IntakeError."""
        found = False
        self._expect("{")
        while True:
            name = self._value()
            self._expect(":")
            if name == "features":
                found = True
                yield from self._members()
            else:
                _check_member(name, self._value())
            if self._expect(",}") == "}":
                break
        if not found or self._peek():
            raise IntakeError("file_unreadable", "not one FeatureCollection")

    def _members(self) -> Iterator[Any]:
        self._expect("[")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            if self._expect(",]") == "]":
                return

    def _peek(self) -> str:
        """Return the next character that is not white space, "" at the end."""
        while True:
            while self._at < len(self._window) and self._window[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._window) or not self._more():
                return self._window[self._at : self._at + 1]

    def _expect(self, characters: str) -> str:
        character = self._peek()
        if not character or character not in characters:
            raise IntakeError("file_unreadable", "broken JSON")
        self._at += 1
        return character

    def _value(self) -> Any:
        """Return the next JSON value. What follows it must be in the window: a number could go on."""
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self._at)
            except (ValueError, RecursionError):
                value, end = None, len(self._window)
            if end < len(self._window):
                self._at = end
                return value
            if len(self._window) - self._at > _VALUE_MAX or not self._more():
                raise IntakeError("file_unreadable", "broken JSON")

    def _more(self) -> bool:
        """Move the window on. Say whether there was anything left."""
        try:
            chunk = self._text.read(max(_CHUNK, len(self._window) - self._at))  # doubling: no feature is decoded often
        except UnicodeError as error:
            raise IntakeError("file_encoding", "GeoJSON is UTF-8 (RFC 7946 §1)") from error
        self._window = self._window[self._at :] + chunk
        self._at = 0
        return bool(chunk)


def _check_member(name: object, value: Any) -> None:
    if name == "type" and value != "FeatureCollection":
        raise IntakeError("file_unreadable", "not a FeatureCollection")
    if name == "crs" and value is not None and not any(system in json.dumps(value) for system in _WGS84):
        raise IntakeError("file_crs_unknown", "positions must be WGS 84 degrees")  # RFC 7946 §4


def _properties(feature: Any) -> Mapping[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _row(number: int, feature: Any, known: Mapping[str, str]) -> Row:
    fields = dict.fromkeys(NAMES, "")
    typed: dict[str, Typed] = {}
    for name, value in _properties(feature).items():
        if column := known.get(name):
            fields[column] = _text(value)
            if isinstance(value, (_Number, bool)) and column in (*TEXTS, *COORDINATES):
                typed[column] = Typed("boolean" if isinstance(value, bool) else "number")
    if isinstance(feature, dict):
        _place(fields, typed, feature.get("geometry"))
    fault = "" if isinstance(feature, dict) and feature.get("type") == "Feature" else "feature_invalid"
    return Row(number, tuple(fields.values()), fields, fault, typed)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _place(fields: dict[str, str], typed: dict[str, Typed], geometry: Any) -> None:
    """Take the site from the geometry: a point, or an outline with a point inside it unless the properties name one."""
    if not isinstance(geometry, dict):
        return
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point":
        if isinstance(coordinates, list) and len(coordinates) in (2, 3):
            fields["longitude"], fields["latitude"] = map(_text, coordinates[:2])
            typed.update(dict.fromkeys(COORDINATES, Typed("number")))
    else:
        fields["footprint"] = _wkt(kind, coordinates)
        inside = footprints.inside_point(fields["footprint"])
        if inside and not fields["latitude"] and not fields["longitude"]:
            fields["latitude"], fields["longitude"] = f"{inside.latitude:.6f}", f"{inside.longitude:.6f}"


def _wkt(kind: object, coordinates: Any) -> str:
    """Return a polygon of one ring as WKT; anything else as a text that no footprint is."""
    if kind == "MultiPolygon" and isinstance(coordinates, list) and len(coordinates) == 1:
        kind, coordinates = "Polygon", coordinates[0]
    try:
        ((*ring,),) = coordinates
        pairs = [(f"{longitude}", f"{latitude}") for longitude, latitude, *_ in ring]
    except (TypeError, ValueError):
        pairs = []
    return wkt.polygon(pairs) if kind == "Polygon" else f"{kind}"[:40]
