"""What a person writes into a field of an application, read as strictly as a row of a file."""

from __future__ import annotations

from issuer.intake import coordinates, dates, footprints, measures, texts
from seal.errors import LicenseError
from seal.license import TEXT_LIMITS, is_number

from .service import Field, Kind

#: A whole number in the field's unit, or a text: the code of a choice, a day (ISO 8601), decimal degrees, WKT, a license number.
Value = int | str
_LONGEST = 4_000


def parse(field: Field, text: str) -> Value | None:
    """Return what `text` says in `field`, None for an empty field that may be empty. Raises LicenseError that names the field.

    Codes are those that issuer.intake has for the column; else `field_missing`, `field_too_long`, `field_invalid`, `field_range`. Arabic
    digits and decimal commas are read everywhere.
    """
    if len(text) > _LONGEST:
        raise LicenseError("field_too_long", field.code, f"{len(text)} > {_LONGEST}")
    if not texts.figures(text):
        if field.required:
            raise LicenseError(_missing(field), field.code)
        return None
    match field.kind:
        case Kind.COUNT | Kind.METRES:
            return _number(field, text)
        case Kind.TEXT | Kind.ACTIVITY:
            return _text(field, text)
        case Kind.CHOICE:
            return _choice(field, text)
        case Kind.DAY:
            return str(dates.parse(text, field.code))
        case Kind.LATITUDE | Kind.LONGITUDE:
            return _degrees(coordinates.parse(text, field.kind.value))
        case Kind.FOOTPRINT:
            footprints.corners(text)
            return texts.figures(text)
        case Kind.LICENSE:
            return _license(field, text)


def _missing(field: Field) -> str:
    known = (*TEXT_LIMITS, "latitude", "longitude", "valid_from", "valid_until")
    return f"{field.code}_missing" if field.code in known else "size_missing" if field.code in measures.DETAILS else "field_missing"


def _number(field: Field, text: str) -> int:
    invalid, outside = ("size_invalid", "size_range") if field.code in measures.DETAILS else ("field_invalid", "field_range")
    if field.code == "radius_m":
        invalid, outside = "radius_invalid", "radius_range"
    value = measures.units(text, 100 if field.kind is Kind.METRES else 1, field.code, invalid)
    if value is None or not (field.least or 0) <= value <= (field.most or 0):
        raise LicenseError(outside, field.code)
    return value


def _text(field: Field, text: str) -> str:
    if field.code in TEXT_LIMITS:
        return texts.parse(text, field.code)
    tidied = texts.tidy(text)
    texts.refuse_false(tidied, field.code)
    if field.most is not None and len(tidied) > field.most:
        raise LicenseError("field_too_long", field.code, f"{len(tidied)} > {field.most}")
    return tidied


def _degrees(degrees: float) -> str:
    # Never an exponent, which the grammar of coordinates does not know; twelve decimals are a ten-thousandth of a millimetre.
    return f"{degrees:.12f}".rstrip("0").rstrip(".")


def _choice(field: Field, text: str) -> str:
    if text.strip() not in field.choices:
        raise LicenseError("field_invalid", field.code)
    return text.strip()


def _license(field: Field, text: str) -> str:
    number = texts.figures(text).upper()
    if not is_number(number):
        raise LicenseError("number_invalid", field.code)
    return number
