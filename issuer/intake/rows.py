"""One row becomes an entry with a license that may be sealed, or a refusal that names each field and its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from governorate.licensed import Licensed
from seal import license as licenses
from seal.area import Area
from seal.claims import rounded
from seal.errors import LicenseError
from seal.license import License
from seal.site import RADIUS_MAX_M, Corner, Point, Site

from . import coordinates, footprints, measures, scripts, texts
from .naming import Names
from .notations import NOTHING_PROVED, Notation
from .placing import Placed, outlined, place
from .row import Row
from .understood import NOTHING, ArabicNames, Understood

SOURCE_ID_MAX = 64

_Value = TypeVar("_Value")


class Competence(NamedTuple):
    """What an authority's key may seal: where, and each type with its longest validity in days (None is open-ended).

    `names` are the authority's, by language.
    """

    area: Area
    types: Mapping[str, int | None]
    names: Mapping[str, str] = MappingProxyType({})


Authorities = Mapping[str, Competence]  # by the authority's code


class Survey(NamedTuple):
    """What only the whole file tells about a row (survey.py): how columns write days, and points that too many share, as written."""

    notations: Mapping[str, Notation] = MappingProxyType({})
    crowded: Mapping[tuple[str, str, str], int] = MappingProxyType({})


ALONE = Survey()


class Fault(NamedTuple):
    """One thing that is wrong with a row. `field` is a column, "" if it is the row as a whole."""

    field: str
    code: str
    detail: str = ""


NO_DOUBT = Fault("", "")


class Refusal(NamedTuple):
    """A row that gets no license: its first fault, in the order of the columns, and `more`; `cells` are as the file has them.

    `read` is what was understood of it all the same.
    """

    line: int
    field: str
    code: str
    detail: str = ""
    cells: tuple[str, ...] = ()
    more: tuple[Fault, ...] = ()
    read: Understood = NOTHING

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them."""
        return (Fault(self.field, self.code, self.detail), *self.more)

    @classmethod
    def of(cls, entry: Entry, code: str, detail: str = "") -> Refusal:
        """Return the refusal of a whole row for a reason found later, as a duplicate is."""
        return cls(entry.line, "", code, detail, entry.cells, (), Understood.of(entry.license))

    @classmethod
    def doubted(cls, entry: Entry) -> Refusal:
        """Return a row that waits for a person because of its doubt."""
        return cls(entry.line, *entry.doubt, entry.cells, (), Understood.of(entry.license))


class Entry(NamedTuple):
    """A row whose license keeps every limit and lies within its authority's competence.

    `doubt` is why a person has to look at it before it is sealed: `site_coarse`, `site_crowded`; its code is "" where there is none.
    """

    line: int
    source_id: str | None
    license: License
    cells: tuple[str, ...] = ()
    doubt: Fault = NO_DOUBT


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


class _Reading:
    """Takes one row apart and collects what is wrong with it."""

    def __init__(self, row: Row, survey: Survey) -> None:
        self.row, self.survey = row, survey
        self.faults: list[Fault] = []

    def take(self, parse: Callable[..., _Value], *given: object) -> _Value | None:
        """Return what `parse` makes of something; None, and a fault more, if it refuses."""
        try:
            return parse(*given)
        except LicenseError as error:
            self.faults.append(Fault(error.field, error.code, error.detail))
            return None

    def named(self, column: str) -> str | None:
        """Return a text that people read. A cell that a spreadsheet made a day, a truth value or a number of is not what somebody wrote."""
        text = self.row.fields.get(column, "")
        if text and (typed := self.row.typed.get(column)):
            self.faults.append(Fault(column, f"cell_is_{typed.kind}", typed.cell))
            return None
        return self.take(texts.parse, text, column)

    def latin(self) -> str | None:
        """Return the trade name in Latin letters, if the row has one."""
        text = self.row.fields.get(scripts.FIELD, "")
        if not text:  # as nearly always
            return ""
        if typed := self.row.typed.get(scripts.FIELD):
            self.faults.append(Fault(scripts.FIELD, f"cell_is_{typed.kind}", typed.cell))
            return None
        return self.take(scripts.parse, text)

    def day(self, column: str) -> date | None:
        """Return a day, by the notation of its column."""
        notation = self.survey.notations.get(column, NOTHING_PROVED)
        read = column in self.row.typed
        return self.take(lambda: notation.day(self.row.text(column), column, read=read))


class Rules:
    """The rules that rows are held to: the catalogue, and what each authority may do."""

    def __init__(self, authorities: Authorities, catalogue: Licensed) -> None:
        self._authorities = dict(authorities)
        self._catalogue = catalogue
        self._names = Names(catalogue, {code: each.names.values() for code, each in authorities.items()})
        self.arabic = ArabicNames(
            {code: each.name["ar"] for code, each in catalogue.types.items()},
            {code: each.names["ar"] for code, each in authorities.items() if "ar" in each.names},
            {code: name["ar"] for code, name in catalogue.activities.items()},
        )

    def judge(self, rows: Iterable[Row], survey: Survey = ALONE) -> Iterator[Entry | Refusal]:
        """Yield what becomes of each row, in order. `survey` is what the whole file says about them."""
        return (self.entry(row, survey) for row in rows)

    def entry(self, row: Row, survey: Survey = ALONE) -> Entry | Refusal:
        """Return what becomes of one row. A refusal names all that is wrong, in the order of the columns."""
        if row.fault:
            return Refusal(row.line, "", row.fault, "", row.cells)
        row = outlined(row)
        reading = _Reading(row, survey)
        license_, placed, read = self._license(reading)
        source_id = reading.take(_source_id, row)
        if license_ is not None and not reading.faults:
            reading.take(licenses.check, license_)
        if license_ is None or reading.faults:
            first, *more = reading.faults
            return Refusal(row.line, *first, row.cells, tuple(more), read)
        return Entry(row.line, source_id, license_, row.cells, _doubt(row, license_.site, placed, survey))

    def _license(self, reading: _Reading) -> tuple[License | None, Placed | None, Understood]:
        type_ = reading.take(self._names.type, reading.row.text("type"))
        authority = reading.take(self._authority, reading.row.text("authority"))
        trade_name = _trade_name(reading)
        activity = reading.named("activity")
        holder, address = reading.named("holder"), reading.named("address")
        competence = self._authorities.get(authority or "")
        placed = _placed(reading)
        site = _site(reading, placed, competence.area if competence else None)
        details = _details(reading, self._catalogue.types[type_].requires if type_ else ())
        longest = reading.take(self._longest, type_, competence)
        first_day, last_day = _days(reading, longest)
        activity = self._names.activity(activity) if activity else None
        read = Understood(type_, authority, activity, first_day, last_day)
        if type_ and authority and trade_name and activity and holder and address and site and first_day:
            license_ = License(authority, type_, activity, trade_name, holder, address, site, details, first_day, last_day)
            return license_, placed, read
        return None, placed, read

    def _longest(self, type_: str | None, competence: Competence | None) -> int | None:
        """Return the longest validity in days that both the catalogue and the key allow. Raises LicenseError `type_not_permitted`."""
        if type_ is None or competence is None:
            return None
        if type_ not in competence.types:
            raise LicenseError("type_not_permitted", "type")
        return _shorter(competence.types[type_], self._catalogue.types[type_].longest_days)

    def check(self, license_: License) -> None:
        """Return if the authority may seal `license_`, for a license that comes from no row. Raises LicenseError."""
        competence = self._authorities.get(license_.authority)
        if competence is None:
            raise LicenseError("authority_unknown", "authority")
        if not competence.area.holds(rounded(license_.site.point)):
            raise LicenseError("site_outside_authority", "latitude")
        longest = self._longest(license_.type, competence)
        _check_days(license_.first_day, license_.last_day, longest)
        licenses.check(license_)

    def authority_at(self, point: Point) -> str | None:
        """Return the one authority whose area holds `point`; None if none does, or more than one."""
        sealed = rounded(point)
        found = [code for code, competence in self._authorities.items() if competence.area.holds(sealed)]
        return found[0] if len(found) == 1 else None

    def _authority(self, text: str) -> str:
        return self._names.authority(text)


def _source_id(row: Row) -> str | None:
    text, typed = row.text("source_id"), row.typed.get("source_id")
    if not text:
        return None
    if typed is not None and typed.kind != "number":
        raise LicenseError(f"cell_is_{typed.kind}", "source_id", typed.cell)
    if len(text) > SOURCE_ID_MAX:
        raise LicenseError("source_id_too_long", "source_id", f"{len(text)} > {SOURCE_ID_MAX}")
    source_id = texts.tidy(text)
    texts.refuse_false(source_id, "source_id")
    if source_id and texts.is_placeholder(source_id):  # two rows with a dash would be one license
        raise LicenseError("placeholder", "source_id", source_id)
    return source_id or None


def _trade_name(reading: _Reading) -> str | None:
    """Return the trade name as the seal has it: in Latin letters too, where the row has that."""
    name, latin = reading.named("trade_name"), reading.latin()
    return reading.take(scripts.both, name, latin) if name and latin else name


def _placed(reading: _Reading) -> Placed | None:
    placed = reading.take(place, reading.row)
    if placed is None and reading.faults[-1].field == "latitude":  # the other half may be wrong too
        reading.take(coordinates.read, reading.row.text("longitude"), "longitude")
    return placed


def _site(reading: _Reading, placed: Placed | None, area: Area | None) -> Site | None:
    faults = len(reading.faults)
    if placed and area and not area.holds(rounded(placed.point)):  # what a verifier will see: area and outline have to fit it
        reading.faults.append(Fault(placed.field, "site_outside_authority"))
        return None
    outline = reading.take(_outline, reading.row.text("footprint"), placed) if not _said(reading, "footprint") else None
    radius = reading.take(measures.radius, reading.row.text("radius_m"))
    reading.take(_check_extent, radius, outline, reading.row.text("footprint"), len(reading.faults) > faults)
    if placed is None or len(reading.faults) > faults:
        return None
    return Site(placed.point, 0, outline) if outline else Site(placed.point, radius or 0)


def _said(reading: _Reading, field: str) -> bool:
    return any(fault.field == field for fault in reading.faults)


def _outline(text: str, placed: Placed | None) -> tuple[Corner, ...]:
    if placed is None:
        footprints.corners(text)
        return ()
    return footprints.parse(text, rounded(placed.point))


def _check_extent(radius: int | None, outline: tuple[Corner, ...] | None, footprint: str, told: bool) -> None:
    """Return if a site has a radius or an outline, and not both. Raises LicenseError."""
    if outline and radius:
        raise LicenseError("radius_and_footprint", "radius_m")
    if outline or told or (texts.figures(footprint) and radius is None):
        return  # an outline that cannot be used is told already
    if radius is None:
        raise LicenseError("radius_missing", "radius_m")
    if not 0 < radius <= RADIUS_MAX_M:
        raise LicenseError("radius_range", "radius_m", f"{radius} m")


def _doubt(row: Row, site: Site, placed: Placed | None, survey: Survey) -> Fault:
    """Return why a person should look at where the site is."""
    if placed and not site.footprint and placed.blur_m > site.radius_m:
        return Fault(placed.field, "site_coarse", f"±{placed.blur_m:.0f} m > {site.radius_m} m")
    if survey.crowded and (sharing := survey.crowded.get(written_place(row), 0)):
        return Fault(placed.field if placed else "", "site_crowded", str(sharing))
    return NO_DOUBT


def written_place(row: Row) -> tuple[str, str, str]:
    """Return where a row says its site is, as written: whoever looks up addresses writes the same place in the same way."""
    return row.text("latitude"), row.text("longitude"), row.text("position")


def _details(reading: _Reading, requires: tuple[str, ...]) -> dict[str, int]:
    details = {}
    fields = reading.row.fields
    for column, (name, _) in measures.DETAILS.items():
        text, faults = fields.get(column, ""), len(reading.faults)
        if not text and column not in requires:
            continue
        value = reading.take(measures.detail, text, column) if text else None
        if value is not None:
            details[name] = value
        elif column in requires and len(reading.faults) == faults:
            reading.faults.append(Fault(column, "size_missing"))
    return details


def _shorter(one: int | None, other: int | None) -> int | None:
    return min((days for days in (one, other) if days is not None), default=None)


def _days(reading: _Reading, longest: int | None) -> tuple[date | None, date | None]:
    faults = len(reading.faults)
    first_day = reading.day("valid_from")
    if first_day is None and len(reading.faults) == faults:
        reading.faults.append(Fault("valid_from", "valid_from_missing"))
    last_day = reading.day("valid_until")
    if first_day is not None and len(reading.faults) == faults:
        reading.take(_check_days, first_day, last_day, longest)
    return first_day, last_day


def _check_days(first_day: date, last_day: date | None, longest: int | None) -> None:
    if last_day is None:
        if longest is not None:
            raise LicenseError("valid_until_missing", "valid_until")
    elif last_day < first_day:
        raise LicenseError("ends_before_start", "valid_until")
    elif longest is not None and (last_day - first_day).days >= longest:  # both days count
        raise LicenseError("validity_too_long", "valid_until", f"{(last_day - first_day).days + 1} > {longest}")
