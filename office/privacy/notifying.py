"""The draft of a breach notice to the Centre for the protection of personal data (Law 151/2020, Article 7), with its deadlines counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from governorate.calendar import Calendar
from seal import days
from web import spreadsheets, writing

from .breach import Breach, Person
from .words import render

HOURS = 72
WORKING_DAYS = 3


class Deadlines(NamedTuple):
    """By when whom (Article 7). `centre` in seconds since 1970 UTC; `people` the last day if the Centre is told at the last moment.

    `left` are the whole hours that are left at `now`, negative once it is late. What concerns national security is told at once.
    """

    centre: int
    people: date
    left: int


def deadlines(known: int, calendar: Calendar, *, now: int) -> Deadlines:
    """Count from when the breach became known (seconds since 1970 UTC)."""
    centre = known + HOURS * 3_600
    return Deadlines(centre, calendar.after(days.day_of(centre), WORKING_DAYS), (centre - now) // 3_600)


def files(
    found: Breach, told: list[Person], by: Deadlines, *, governorate: Mapping[str, str], known: int, secret: bool, now: int
) -> dict[str, bytes]:
    """Return the files: the draft as a page, the same as JSON, and whom to tell as a table. `secret`: it concerns national security."""
    page = render(
        "breach.html",
        found=found,
        people=len(told),
        by=by,
        secret=secret,
        governorate=governorate,
        moments={
            name: {language: writing.moment(at, language) for language in ("ar", "en")} for name, at in _moments(found, by, known, now)
        },
        last_day={language: writing.day(by.people, language) for language in ("ar", "en")},
    )
    whole = {
        "format": "khatm breach 1",
        **{"account": found.account, "device": found.device, "from": found.since, "until": found.until, "known": known, "made_at": now},
        "deadline": {"centre": by.centre, "hours_left": by.left, "people": by.people.isoformat(), "national_security": secret},
        **{"read": dict(found.read), "acts": dict(found.acts), "changed": dict(found.changed), "within_reach": found.within_reach},
        **{"inspections": found.inspections, "on_lists": found.stops, "people": len(told), "missing": found.missing},
        **{"cases": sorted(found.cases), "licenses": sorted(found.licenses)},
        "taken": [{"at": each.at, "what": each.what, "item": each.item, "cases": each.many} for each in found.taken],
    }
    table = spreadsheets.csv_of(("case", "name", "mobile"), ((each.case, each.name, each.mobile) for each in told))
    return {"breach.json": json.dumps(whole, ensure_ascii=False, indent=1).encode(), "notice.html": page, "people.csv": table}


def _moments(found: Breach, by: Deadlines, known: int, now: int) -> list[tuple[str, int]]:
    return [("since", found.since), ("until", found.until), ("known", known), ("centre", by.centre), ("now", now)]
