"""A license's whole story on one page: applications, codes, inspections, newer lists, alerts, notices, proposals. The newest first.

What tells it are `SOURCES`, each a function from a question to events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from inspections.alerts import store as alerts
from inspections.enforcement import applications, proposals, records
from inspections.licensed import Licensed
from inspections.visits import queries
from inspections.visits.asked import Scope
from inspections.visits.queries import Line
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.problems import ProblemError, status_of
from inspections.web.visitor import staff
from seal import license
from storage.database import reading

from . import scope
from .saying import page


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a license, `at` a time in seconds since 1970 UTC. `kind` is a word (`story_…`), `told` what it holds."""

    at: int
    kind: str
    told: Any


@dataclass(frozen=True, slots=True)
class Question:
    """Which license, and whose things may be told."""

    context: InspectionsContext
    connection: Connection
    number: str
    scope: Scope


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    story = Blueprint("story", __name__, url_prefix=f"{PREFIX}/licenses", template_folder="templates")

    @story.get("/<number>", endpoint="page")
    def page_(number: str) -> ResponseReturnValue:
        return told(context, number)

    story.add_url_rule("", "find", lambda: redirect(f"{PREFIX}/licenses/{request.args.get('number', '').strip().upper()[:40] or 'x'}"))
    return story


def told(context: InspectionsContext, number: str, fault: str = "") -> ResponseReturnValue:
    """Return a license's story; `fault` says why a proposal was not kept. Raises ProblemError `story_number_wrong`, `not_found`."""
    with reading(context.engine) as connection:
        events = events_of(context, connection, number)
    visits = [event.told for event in events if event.kind == "inspection"]
    editions = licensed(context, number, scope.of(staff()))
    return page(
        "story.html",
        status_of(fault) if fault else 200,
        fault=fault,
        typed=request.form,
        number=number,
        events=sorted(events, key=lambda event: (-event.at, event.kind)),
        visits=visits,
        site=editions[-1] if editions else None,
        standing=editions[-1].standing(context.now()) if editions else "",
        as_of=_as_of(context, editions[-1].authority) if editions else None,
        names=scope.names(context),
        types=scope.types(context),
        actions=proposals.ACTIONS,
        may_propose=staff().may("supervisor", number.split("-")[1]),
    )


def events_of(context: InspectionsContext, connection: Connection, number: str) -> list[Event]:
    """Return all that is known of a license to whoever asks. Raises ProblemError `story_number_wrong`, `not_found`."""
    if not license.is_number(number):
        raise ProblemError("story_number_wrong")
    asked = Question(context, connection, number, scope.of(staff()))
    events = [event for source in SOURCES for event in source(asked)]
    if not events:
        raise ProblemError("not_found")
    return events


def licensed(context: InspectionsContext, number: str, mine: Scope) -> tuple[Licensed, ...]:
    """Return the editions of a license of one of these authorities, the oldest first; none that no pack knows."""
    sites = context.licensed()
    found = sites.of_number(number) if sites else ()
    return tuple(each for each in found if mine is None or each.authority in mine)


def _as_of(context: InspectionsContext, authority: str) -> int | None:
    """Return up to when it is known how an authority's licenses stand (seconds since 1970 UTC)."""
    sites = context.licensed()
    return sites.made_at.get(authority) if sites else None


def _codes(asked: Question) -> Iterator[Event]:
    for each in licensed(asked.context, asked.number, asked.scope):
        yield Event(each.site.nbf, "seal", each)


def _inspections(asked: Question) -> Iterator[Event]:
    for line in queries.of_number(asked.connection, asked.number, asked.scope):
        yield Event(line.scanned_at, "inspection", line)
        yield from _differences(asked.connection, line)


def _differences(connection: Connection, line: Line) -> Iterator[Event]:
    if line.difference not in ("", "same"):
        for second in queries.evaluated(connection, line.id):
            if second.difference != "same":
                yield Event(second.at, "difference", (line, second))


def _alerts(asked: Question) -> Iterator[Event]:
    for alert in alerts.of_number(asked.connection, asked.number, asked.scope):
        yield Event(alert.opened_at, "alert", alert)
        if alert.closed_at is not None:
            yield Event(alert.closed_at, "alert_closed", alert)


def _violations(asked: Question) -> Iterator[Event]:
    """All that was done about each violation of the license, from its report to its end."""
    for violation in records.of_license(asked.connection, asked.number, asked.scope):
        for step in reversed(records.history(asked.connection, violation.id)):  # of one second, the last first
            yield Event(step.at, "violation", (violation, step))


def _proposals(asked: Question) -> Iterator[Event]:
    for proposal in proposals.of_license(asked.connection, asked.number, asked.scope):
        yield Event(proposal.proposed_at, "proposal", proposal)


def _applications(asked: Question) -> Iterator[Event]:
    """What the office told: when each application was submitted, and since when it stands where it stands."""
    for each in applications.of_license(asked.connection, asked.number, asked.scope):
        yield Event(each.submitted_at, "applied", each)
        if each.state != "submitted":
            yield Event(each.since, "application", each)


#: Who tells what.
SOURCES: tuple[Callable[[Question], Iterable[Event]], ...] = (_applications, _codes, _inspections, _alerts, _violations, _proposals)
