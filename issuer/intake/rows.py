"""One row becomes an entry with a license that may be sealed, or a refusal that names the field and the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from issuer.licensed import Licensed
from seal import license as licenses
from seal.area import Area
from seal.claims import rounded
from seal.errors import LicenseError
from seal.license import License
from seal.site import RADIUS_MAX_M, Point, Site

from . import coordinates, dates, footprints, measures, texts
from .row import Row
from .texts import skeleton, tidy

SOURCE_ID_MAX = 64
NAME_MAX = 60


class Competence(NamedTuple):
    """What an authority's key may seal: where, and each type with its longest validity in days (None is open-ended)."""

    area: Area
    types: Mapping[str, int | None]


Authorities = Mapping[str, Competence]  # by the authority's code


class Refusal(NamedTuple):
    """A row that gets no license. `field` is a column, "" if the row as a whole is refused; `cells` are as the file has them."""

    line: int
    field: str
    code: str
    detail: str = ""
    cells: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: Entry, code: str, detail: str = "") -> Refusal:
        """Return the refusal of a whole row for a reason found later, as a duplicate is."""
        return cls(entry.line, "", code, detail, entry.cells)


class Entry(NamedTuple):
    """A row whose license keeps every limit and lies within its authority's competence."""

    line: int
    source_id: str | None
    license: License
    cells: tuple[str, ...] = ()


def identity(entry: Entry) -> bytes:
    """Return 16 bytes that the same license has in every file and every run.

    They stand for authority and source_id where the office gives one; otherwise for type, authority, trade name, holder, site point and
    first day. Spelling counts here: the same name spelt otherwise is a near twin, which a person decides.
    """
    held = entry.license
    if entry.source_id is not None:
        text = "\0".join(("source", held.authority, entry.source_id))
    else:
        # Six decimals are a decimetre: the same place in another notation is the same place.
        place = f"{held.site.point.latitude:.6f} {held.site.point.longitude:.6f}"
        first = held.first_day.isoformat()
        text = "\0".join(("license", held.type, held.authority, held.trade_name, held.holder, place, first))
    return blake2b(text.encode(), digest_size=16).digest()


class Rules:
    """The rules that rows are held to: the catalogue, and what each authority may do."""

    def __init__(self, authorities: Authorities, catalogue: Licensed) -> None:
        self._authorities = dict(authorities)
        self._catalogue = catalogue
        self._type_names = {skeleton(name): code for code, each in catalogue.types.items() for name in (code, *each.name.values())}

    def judge(self, rows: Iterable[Row]) -> Iterator[Entry | Refusal]:
        """Yield what becomes of each row, in order."""
        return map(self.entry, rows)

    def entry(self, row: Row) -> Entry | Refusal:
        """Return what becomes of one row. Its refusal is the first, in the order of the columns."""
        if row.fault:
            return Refusal(row.line, "", row.fault, "", row.cells)
        try:
            license_ = self._license(row.fields.get)
            licenses.check(license_)
            return Entry(row.line, _source_id(row.fields.get("source_id", "")), license_, row.cells)
        except LicenseError as error:
            return Refusal(row.line, error.field, error.code, error.detail, row.cells)

    def _license(self, field: Callable[[str, str], str]) -> License:
        type_ = self._type(field("type", ""))
        authority = self._authority(field("authority", ""))
        trade_name = texts.parse(field("trade_name", ""), "trade_name")
        activity = self._activity(field("activity", ""))
        holder = texts.parse(field("holder", ""), "holder")
        address = texts.parse(field("address", ""), "address")
        competence = self._authorities[authority]
        site = _site(field, competence.area)
        details = _details(field, self._catalogue.types[type_].requires)
        if type_ not in competence.types:
            raise LicenseError("type_not_permitted", "type")
        longest = _shorter(competence.types[type_], self._catalogue.types[type_].longest_days)
        first_day, last_day = _days(field, longest)
        return License(authority, type_, activity, trade_name, holder, address, site, details, first_day, last_day)

    def check(self, license_: License) -> None:
        """Return if the authority may seal `license_`, for a license that comes from no row. Raises LicenseError."""
        competence = self._authorities.get(license_.authority)
        if competence is None:
            raise LicenseError("authority_unknown", "authority")
        if not competence.area.holds(rounded(license_.site.point)):
            raise LicenseError("site_outside_authority", "latitude")
        if license_.type not in competence.types:
            raise LicenseError("type_not_permitted", "type")
        longest = _shorter(competence.types[license_.type], self._catalogue.types[license_.type].longest_days)
        _check_days(license_.first_day, license_.last_day, longest)
        licenses.check(license_)

    def authority_at(self, point: Point) -> str | None:
        """Return the one authority whose area holds `point`; None if none does, or more than one."""
        sealed = rounded(point)
        found = [code for code, competence in self._authorities.items() if competence.area.holds(sealed)]
        return found[0] if len(found) == 1 else None

    def _type(self, text: str) -> str:
        """Return the code of a type, which may be given by its name."""
        if text in self._catalogue.types:
            return text
        code = self._type_names.get(skeleton(text)) if len(text) <= NAME_MAX else None
        if code is None:
            raise LicenseError("type_unknown" if tidy(text[:NAME_MAX]) else "type_missing", "type")
        return code

    def _authority(self, text: str) -> str:
        if text in self._authorities:
            return text
        code = tidy(text[:NAME_MAX]).upper()
        if code not in self._authorities:
            raise LicenseError("authority_unknown" if code else "authority_missing", "authority")
        return code

    def _activity(self, text: str) -> str:
        activity = texts.parse(text, "activity")
        code = activity.lower()
        return code if code in self._catalogue.activities else activity


def _source_id(text: str) -> str | None:
    if not text:
        return None
    if len(text) > SOURCE_ID_MAX:
        raise LicenseError("source_id_too_long", "source_id", f"{len(text)} > {SOURCE_ID_MAX}")
    source_id = tidy(text)
    texts.refuse_false(source_id, "source_id")
    return source_id or None


def _site(field: Callable[[str, str], str], area: Area) -> Site:
    latitude = coordinates.parse(field("latitude", ""), "latitude")
    longitude = coordinates.parse(field("longitude", ""), "longitude")
    point = Point(latitude, longitude)
    sealed = rounded(point)  # what a verifier will see: area and outline have to fit it
    if not area.holds(sealed):
        raise LicenseError("site_outside_authority", "latitude")
    radius = measures.radius(field("radius_m", ""))
    outline = footprints.parse(field("footprint", ""), sealed)
    if outline:
        if radius:
            raise LicenseError("radius_and_footprint", "radius_m")
        return Site(point, 0, outline)
    if radius is None:
        raise LicenseError("radius_missing", "radius_m")
    if not 0 < radius <= RADIUS_MAX_M:
        raise LicenseError("radius_range", "radius_m", f"{radius} m")
    return Site(point, radius)


def _details(field: Callable[[str, str], str], requires: tuple[str, ...]) -> dict[str, int]:
    details = {}
    for column, (name, _) in measures.DETAILS.items():
        text = field(column, "")
        value = measures.detail(text, column) if text else None
        if value is not None:
            details[name] = value
        elif column in requires:
            raise LicenseError("size_missing", column)
    return details


def _shorter(one: int | None, other: int | None) -> int | None:
    return min((days for days in (one, other) if days is not None), default=None)


def _days(field: Callable[[str, str], str], longest: int | None) -> tuple[date, date | None]:
    first_day = dates.parse(field("valid_from", ""), "valid_from")
    last_day = dates.parse(field("valid_until", ""), "valid_until")
    if first_day is None:
        raise LicenseError("valid_from_missing", "valid_from")
    _check_days(first_day, last_day, longest)
    return first_day, last_day


def _check_days(first_day: date, last_day: date | None, longest: int | None) -> None:
    if last_day is None:
        if longest is not None:
            raise LicenseError("valid_until_missing", "valid_until")
    elif last_day < first_day:
        raise LicenseError("ends_before_start", "valid_until")
    elif longest is not None and (last_day - first_day).days >= longest:  # both days count
        raise LicenseError("validity_too_long", "valid_until", f"{(last_day - first_day).days + 1} > {longest}")
