"""Notices at the police's look-up: those of the licenses found, one by its number or its code, and those at a place without a license."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from inspections.enforcement import records
from inspections.enforcement.records import Violation
from inspections.errors import InspectionError
from inspections.visits.asked import Scope
from inspections.web.context import InspectionsContext
from seal import notices
from seal.notices import NoticeVerdict
from seal.site import Point


@dataclass(frozen=True, slots=True)
class Notices:
    """Notices that were approved, the newest first. `verdict` is of a notice's code that was looked up."""

    found: tuple[Violation, ...] = ()
    verdict: NoticeVerdict | None = None


def of_licenses(connection: Connection, numbers: Iterable[str], mine: Scope) -> Notices:
    """Return the notices of some licenses."""
    found = [each for number in dict.fromkeys(numbers) for each in records.of_license(connection, number, mine)]
    return Notices(tuple(each for each in found if each.number is not None))


def near(connection: Connection, here: Point, metres: float, mine: Scope) -> Notices:
    """Return the notices around a place that are about no license."""
    return Notices(tuple(records.unlicensed_near(connection, here, metres, mine)))


def by_number(connection: Connection, number: str, mine: Scope) -> Notices:
    """Return the notice of a number, none of another authority's."""
    try:
        held = records.by_number(connection, number)
    except InspectionError:
        return Notices()
    return Notices((held,) if mine is None or {held.authority, held.license_authority} & set(mine) else ())


def by_code(context: InspectionsContext, connection: Connection, text: str, mine: Scope) -> Notices:
    """Judge a notice's code, and return the notice that a genuine one names. Raises InspectionError `lists_missing`."""
    trust = context.known_lists().trust
    verdict = notices.verify(text, trust=trust, hosts=trust.hosts, now=datetime.fromtimestamp(context.now(), UTC))
    found = by_number(connection, verdict.notice.number, mine).found if verdict.state == "notice" and verdict.notice else ()
    return Notices(found, verdict)
