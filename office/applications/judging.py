"""What somebody typed becomes a license that may be sealed, or faults that name the fields: the same for both channels.

Each field is read as its service says (office.services.fields); then the whole is held to the rules that imported rows are held to
(issuer.intake.rows), so that no license comes out of an application that an import would refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from issuer.errors import IssuerError
from issuer.intake import scripts, wkt
from issuer.intake.columns import NAMES
from issuer.intake.row import Row
from issuer.intake.rows import Refusal
from issuer.intake.texts import skeleton
from issuer.register import history
from office.services import fields as reading
from office.services.fields import Value
from office.services.service import Effect, Kind, Service
from seal import claims, cose, status
from seal.errors import LicenseError
from seal.license import License
from seal.site import Point, scale

from .context import OfficeContext
from .errors import Fault

_COLUMNS = frozenset(NAMES) - {"type", "authority", "source_id"}
_SIZES = {"width_cm": ("width_m", 100), "height_cm": ("height_m", 100), "faces": ("faces", 1), "floors": ("floors", 1)}
TYPED_MAX = 4_000  # characters of one field; an outline of 24 corners has 1,000
#: Which state of the earlier license a service can be about.
_STANDING = {
    Effect.RENEW: (status.VALID,),
    Effect.REPLACE: (status.VALID,),
    Effect.REVOKE: (status.VALID, status.SUSPENDED),
    Effect.PRINT: (status.VALID,),
}


class Judged(NamedTuple):
    """What became of a form. `license` is None while there are faults; `subject` the number of the license it is about."""

    values: Mapping[str, Value]
    license: License | None
    authority: str
    subject: str | None
    faults: tuple[Fault, ...]


def judge(
    connection: Connection, office: OfficeContext, service: Service, typed: Mapping[str, str], *, authority: str, today: date
) -> Judged:
    """Read a form for `service`. `authority` is the chosen one, "" for the one whose area holds the site. It never raises for a value."""
    read, faults = values(service, typed)
    old, subject = None, None
    if service.effect != Effect.ISSUE:
        named = str(read.get(license_field(service), ""))
        if office.away:  # as far as it can be read; the office decides
            return Judged(read, None, authority, named or None, (*faults, *_place(office, service, authority, read, today)))
        subject, old, fault = _subject(connection, service, named, today)
        faults += [fault] if fault else []
    if old is not None:
        authority = old.authority
    elif not authority and service.effect == Effect.ISSUE:
        authority = _authority_at(office, read)
    faults += _place(office, service, authority, read, today)
    if faults:
        return Judged(read, None, authority, subject, tuple(faults))
    row = _row(service, typed, authority, old)
    if service.effect in (Effect.REVOKE, Effect.PRINT) and old is not None:
        return Judged(read, old, authority, subject, ())
    entry = office.rules.entry(row)
    if isinstance(entry, Refusal):
        return Judged(read, None, authority, subject, (Fault(entry.field, entry.code, entry.detail),))
    return Judged(read, entry.license, authority, subject, tuple(_changes(service, old, entry.license, read)))


def license_field(service: Service) -> str:
    """Return the field that holds the earlier license's number, "" if the service has none."""
    return next((field.code for field in service.fields if field.kind == Kind.LICENSE), "")


def find(connection: Connection, number: str) -> tuple[License, int] | None:
    """Return a license as its newest seal says it, and that seal's status; None if there is none of that number."""
    try:
        row = history.current(connection, number)
    except IssuerError:
        return None
    return claims.from_bytes(cose.from_bytes(row.token).payload).license, row.status


def values(service: Service, typed: Mapping[str, str]) -> tuple[dict[str, Value], list[Fault]]:
    """Return what the fields say, as far as they can be read, and what is wrong with the others."""
    read: dict[str, Value] = {}
    faults = []
    for field in service.fields:
        try:
            value = reading.parse(field, typed.get(field.code, ""))
        except LicenseError as error:
            faults.append(Fault(field.code, error.code, error.detail))
        else:
            if value is not None:
                read[field.code] = value
    return read, faults


def _subject(connection: Connection, service: Service, number: str, today: date) -> tuple[str | None, License | None, Fault | None]:
    """Find the license that the application is about, of the service's type and in a state that allows it.

    What has run out is not changed any more: by its sizes and its holder a lapse is settled.
    """
    field = license_field(service)
    if not number:
        return None, None, None  # why, the field says
    found = find(connection, number)
    if found is None:
        return None, None, Fault(field, "number_unknown")
    license_, standing = found
    if license_.type != service.type:
        return None, None, Fault(field, "license_of_other_type")
    if service.effect == Effect.RENEW and license_.last_day is None:
        return None, None, Fault(field, "license_open_ended")
    if standing not in _STANDING[service.effect]:
        return None, None, Fault(field, "license_not_in_force", history.STATUS_NAMES[standing])
    if service.effect == Effect.REPLACE and license_.last_day is not None and license_.last_day < today:
        return None, None, Fault(field, "license_not_in_force", license_.last_day.isoformat())
    return number, license_, None


def _place(office: OfficeContext, service: Service, authority: str, read: Mapping[str, Value], today: date) -> list[Fault]:
    if not authority and service.effect == Effect.ISSUE and {"latitude", "longitude"} <= set(read):
        return [Fault("latitude", "site_outside_authority")]
    if not authority:
        return []  # what it would be found from is missing or wrong, and that is said already
    if authority not in office.authorities:
        return [Fault("authority", "authority_unknown")]
    if not office.services.open_on(authority, today):
        return [Fault("authority", "authority_not_open_yet")]
    return []


def _authority_at(office: OfficeContext, read: Mapping[str, Value]) -> str:
    """Return the authority whose area holds the site, "" if none or several do."""
    if not {"latitude", "longitude"} <= set(read):
        return ""
    return office.rules.authority_at(Point(float(read["latitude"]), float(read["longitude"]))) or ""


def _row(service: Service, typed: Mapping[str, str], authority: str, old: License | None) -> Row:
    """Return the form as a row of a file: what was typed, over what the earlier license says."""
    given = {code: text for code, text in typed.items() if code in _COLUMNS and text.strip() and _asks(service, code)}
    columns = columns_of(old) if old is not None else {}
    if old is not None and service.effect == Effect.RENEW:
        columns["valid_from"] = (old.last_day + timedelta(days=1)).isoformat() if old.last_day else ""
        columns["valid_until"] = ""
    if "footprint" in given:
        columns["radius_m"] = ""
    elif "radius_m" in given:
        columns["footprint"] = ""
    fields = columns | given | {"type": service.type, "authority": authority}
    return Row(0, (), fields, "")


def _asks(service: Service, code: str) -> bool:
    return any(field.code == code for field in service.fields)


def _changes(service: Service, old: License | None, new: License, read: Mapping[str, Value]) -> list[Fault]:
    """Hold a license to its service's longest validity, a renewal to the end of the license before it, a change to changing something."""
    if service.effect in (Effect.ISSUE, Effect.RENEW) and (fault := _too_long(service, new)):
        return [fault]
    if old is None or service.effect not in (Effect.RENEW, Effect.REPLACE):
        return []
    if service.effect == Effect.RENEW and old.last_day is not None:
        faults = []
        if new.first_day != old.last_day + timedelta(days=1):
            faults.append(Fault("valid_from", "renewal_day", (old.last_day + timedelta(days=1)).isoformat()))
        if skeleton(new.holder) != skeleton(old.holder):  # a transfer comes first
            faults.append(Fault("holder", "holder_differs"))
        return faults + [Fault(_SIZES[name][0], "size_differs") for name, size in old.details.items() if new.details.get(name) != size]
    if (new.first_day, new.last_day) != (old.first_day, old.last_day):
        return [Fault("valid_until", "term_unchangeable")]
    unsealed = any(field.fact and field.code in read and field.code not in _COLUMNS for field in service.fields)  # such as a shop's area
    if new == old and not unsealed and any(field.code in _COLUMNS for field in service.fields):
        return [Fault("", "nothing_to_replace")]
    return []


def _too_long(service: Service, new: License) -> Fault | None:
    if service.longest_days is None:
        return None
    if new.last_day is None:
        return Fault("valid_until", "valid_until_missing")
    length = (new.last_day - new.first_day).days + 1  # both days count
    return Fault("valid_until", "validity_too_long", f"{length} > {service.longest_days}") if length > service.longest_days else None


def columns_of(license_: License) -> dict[str, str]:
    """Return a license as the columns of a file; read again, they make the same license."""
    point, (name, latin) = license_.site.point, scripts.parted(license_.trade_name)
    columns = {
        "trade_name": name,
        scripts.FIELD: latin,
        "activity": license_.activity,
        "holder": license_.holder,
        "address": license_.address,
        "latitude": f"{point.latitude:.17f}",
        "longitude": f"{point.longitude:.17f}",
        "radius_m": "" if license_.site.footprint else str(license_.site.radius_m),
        "footprint": _outline(license_),
        "valid_from": license_.first_day.isoformat(),
        "valid_until": license_.last_day.isoformat() if license_.last_day else "",
    }
    for name, size in license_.details.items():
        column, factor = _SIZES[name]
        columns[column] = f"{size // 100}.{size % 100:02}" if factor == 100 else str(size)
    return columns


def _outline(license_: License) -> str:
    """Return the footprint as WKT, exact enough to give the same decimetres again."""
    if not license_.site.footprint:
        return ""
    origin = license_.site.point
    per_lon, per_lat = scale(origin.latitude)
    corners = [(origin.longitude + east / 10 / per_lon, origin.latitude + north / 10 / per_lat) for east, north in license_.site.footprint]
    return wkt.write_polygon(corners, decimals=12)
