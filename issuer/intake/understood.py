"""What was understood of a row, for the tables that go back to the office: codes with their names beside them, days in ISO 8601.

The cells of the office's own columns are as it wrote them; these stand before them, also for a row that was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from seal.license import License

#: Headings. No file's own heading means the same, so that a table can be corrected and read again.
COLUMNS = (
    *("read_type", "read_type_ar", "read_authority", "read_authority_ar", "read_activity", "read_activity_ar"),
    *("read_valid_from", "read_valid_until"),
)


class Understood(NamedTuple):
    """Codes and days of a row; None for what could not be read. A `last_day` of None is an open end where there is a `first_day`."""

    type: str | None = None
    authority: str | None = None
    activity: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    @classmethod
    def of(cls, license_: License) -> Understood:
        """Return what a license says."""
        return cls(license_.type, license_.authority, license_.activity, license_.first_day, license_.last_day)


NOTHING = Understood()


class ArabicNames(NamedTuple):
    """Arabic names by code. An activity without one is its own name."""

    types: Mapping[str, str]
    authorities: Mapping[str, str]
    activities: Mapping[str, str]


NAMELESS = ArabicNames({}, {}, {})


def cells(read: Understood, names: ArabicNames) -> list[str]:
    """Return the cells under `COLUMNS`, empty for what was not understood."""
    coded = (read.type, names.types), (read.authority, names.authorities), (read.activity, names.activities)
    told = [cell for code, named in coded for cell in (code or "", named.get(code or "", ""))]
    return [*told, *(day.isoformat() if day else "" for day in (read.first_day, read.last_day))]
