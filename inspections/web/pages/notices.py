"""Notices at the police's look-up: those of the licenses found, one by its number or its code, those to a name, and those at a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from inspections.enforcement import finding, records
from inspections.enforcement.records import Violation
from inspections.errors import InspectionError
from inspections.visits.asked import Scope
from inspections.web.context import InspectionsContext
from seal import notices
from seal.notices import NoticeVerdict
from seal.site import Point

MOST = 50  # that are shown


@dataclass(frozen=True, slots=True)
class Notices:
    """Notices that were approved, the newest first. `more`: there may be more; `verdict` is of a notice's code that was looked up."""

    found: tuple[Violation, ...] = ()
    more: bool = False
    verdict: NoticeVerdict | None = None

    def __add__(self, other: Notices) -> Notices:
        """Return the notices of both, each once."""
        both = {each.id: each for each in (*self.found, *other.found)}
        newest = sorted(both.values(), key=lambda each: -each.id)
        return Notices(tuple(newest[:MOST]), self.more or other.more or len(newest) > MOST, self.verdict)


def of_licenses(connection: Connection, numbers: Iterable[str], mine: Scope) -> Notices:
    """Return the notices of some licenses."""
    found = [each for number in dict.fromkeys(numbers) for each in records.of_license(connection, number, mine)]
    return Notices() + Notices(tuple(each for each in found if each.number is not None))


def around(connection: Connection, here: Point, metres: float, mine: Scope) -> Notices:
    """Return the notices that were reported around a place."""
    return Notices(*finding.around(connection, here, metres, mine))


def named(connection: Connection, name: str, mine: Scope) -> Notices:
    """Return the notices that are addressed to a name."""
    return Notices(*finding.named(connection, name, mine))


def by_number(connection: Connection, number: str, mine: Scope) -> Notices:
    """Return the notice of a number, none of another authority's."""
    try:
        held = records.by_number(connection, number)
    except InspectionError:
        return Notices()
    return Notices((held,) if mine is None or {held.authority, held.license_authority} & set(mine) else ())


def by_code(context: InspectionsContext, connection: Connection, text: str, mine: Scope) -> Notices:
    """Judge a notice's code, and return the notice that a genuine one names. Raises InspectionError `lists_missing`."""
    lists = context.known_lists()
    at = datetime.fromtimestamp(context.now(), UTC)
    verdict = notices.verify(text, trust=lists.trust, status=lists.status, hosts=lists.trust.hosts, now=at)
    found = by_number(connection, verdict.notice.number, mine).found if verdict.state == "notice" and verdict.notice else ()
    return Notices(found, verdict=verdict)
