"""What a manager looks at: the day's cash, the day's messages, how many applications stand where and how long people wait; also as CSV."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts.roles import EVERYWHERE
from office.applications import counts
from office.applications.actors import Actor
from office.applications.counts import Count, Waiting
from office.desk import words
from office.desk.centre import period
from office.desk.context import DeskContext
from office.desk.problems import ProblemError
from office.desk.visitor import language, visitor
from office.messages import outbox, report
from office.messages.outbox import Message
from office.payments import reports
from office.payments.reports import CashReport
from office.services.state_machine import State
from seal import days
from seal.catalogue import Language
from storage.database import reading
from web import plots, writing
from web import spreadsheets as tables
from web.plots import Plot

PERIOD_DAYS = 30
MESSAGES_MOST = 200
_ROLES = ("manager",)
_OF_AUTHORITY = re.compile(r"[A-Z][A-Z0-9]{1,3}-([A-Z][A-Z0-9]{1,3})-2")  # an application's number, or a license's of whatever prefix
_CLOSED = (State.ISSUED, State.REJECTED, State.WITHDRAWN)
_DAY_SECONDS = 86_400


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("reports", __name__, url_prefix="/centre/reports")

    @pages.get("")
    def overview() -> ResponseReturnValue:
        return _overview(context)

    @pages.get("/counts.csv")
    def counts_csv() -> Response:
        with reading(context.engine) as connection:
            found = counts.by_state(connection, context.office(), actor=_actor())
        authorities, services, states = context.authorities(), context.service_names(), words.names("state")
        rows = [
            (
                *tables.both(authorities, each.authority),
                *tables.both(services, each.service),
                *tables.both(states, each.state),
                *(each.total, writing.stamp(each.oldest)),
            )
            for each in found
        ]
        header = (
            *tables.heads("authority"),
            *tables.heads("service"),
            *tables.heads("state"),
            "applications",
            "oldest since",
        )
        return tables.answer("applications", header, rows)

    @pages.get("/waiting.csv")
    def waiting_csv() -> Response:
        asked = period.asked(context, PERIOD_DAYS)
        since, until = period.of_table(asked), asked.until
        with reading(context.engine) as connection:
            found = _waiting(connection, context, since, until)
        authorities, services = context.authorities(), context.service_names()
        rows = [
            (
                *tables.both(authorities, each.authority),
                *tables.both(services, each.service),
                each.decided,
                *(f"{seconds / _DAY_SECONDS:.2f}" for seconds in each[3:]),
            )
            for each in found
        ]
        header = (
            *tables.heads("authority"),
            *tables.heads("service"),
            "decided",
            "median days",
            "nine in ten days",
            "longest days",
        )
        return tables.answer(f"waiting-{since}-{until}", header, rows)

    @pages.get("/cash")
    def cash() -> ResponseReturnValue:
        asked = period.day(context)
        found = [] if asked.code else _cash(context, asked.since)  # no figures of another day under a day that is none
        page = render_template("centre_cash.html", reports=found, chosen=asked.since, asked=asked, authorities=context.authorities())
        return page, asked.status

    @pages.get("/cash.csv")
    def cash_csv() -> Response:
        day = period.of_table(period.day(context))
        header = (
            "day",
            *tables.heads("authority"),
            "cashier",
            *tables.heads("method"),
            "receipts",
            "piastres",
            "refunds",
            "piastres refunded",
            "first receipt",
            "last receipt",
        )
        names, methods = context.authorities(), words.names("method")
        rows = [
            (day.isoformat(), *tables.both(names, found.authority), line.by, *tables.both(methods, line.method), *line[2:])
            for found in _cash(context, day)
            for line in found.lines
        ]
        return tables.answer(f"cash-{day}", header, rows)

    @pages.get("/messages")
    def messages() -> ResponseReturnValue:
        asked = period.day(context)
        with reading(context.engine) as connection:
            daily = report.daily(connection, asked.since, now=context.now())
            stuck = _messages(connection)
        return render_template("centre_messages.html", daily=daily, stuck=stuck, chosen=asked.since, asked=asked), asked.status

    @pages.post(f"/messages/<int(max={2**53}):message>/resend")
    def resend(message: int) -> ResponseReturnValue:
        with context.engine.begin() as connection:
            if message not in {each.id for each in _messages(connection)}:
                raise ProblemError("message_unknown")
            outbox.resend(connection, message, now=context.now())
        return redirect("/centre/reports/messages", 303)

    @pages.get("/messages.csv")
    def messages_csv() -> Response:
        day = period.of_table(period.day(context))
        with reading(context.engine) as connection:
            daily = report.daily(connection, day, now=context.now())
        return tables.answer(f"messages-{day}", ("what", *tables.heads("which"), "number"), _message_rows(daily))

    return pages


def _message_rows(daily: report.Daily) -> Iterator[tuple[object, ...]]:
    """Yield the lines of a day's messages: what is counted, which of it with its names, how many."""
    names = words.names("message")
    for state, count in daily.messages.items():
        yield "state", *tables.both({**names, "failed": names["failed_state"]}, state), count
    for provider, count in daily.parts.items():
        yield "parts", provider, *(f"{name} {provider}" for name in words.TABLE["parts_sent"].values()), count
    yield "receipts", "missing", *tables.both(names, "no_receipt")[1:], daily.no_receipt
    yield "receipts", *tables.both(names, "strange"), daily.strange
    for reason, count in sorted(daily.unread.items()):
        yield "receipts", f"not understood: {reason}", *tables.both(names, f"unread_{reason}")[1:], count


def _actor() -> Actor:
    return visitor().actor


def _overview(context: DeskContext) -> ResponseReturnValue:
    asked = period.asked(context, PERIOD_DAYS)
    with reading(context.engine) as connection:
        stand = counts.by_state(connection, context.office(), actor=_actor())
        waits = () if asked.code else _waiting(connection, context, asked.since, asked.until)
    spoken = language()
    authorities, services = _names(context.authorities(), spoken), _names(context.office().services.services, spoken)
    page = render_template(
        "centre_reports.html",
        asked=asked,
        since=asked.since,
        until=asked.until,
        by_state=_by_state(stand, spoken),
        by_authority=_open(stand, "authority", authorities, spoken),
        open_services=_open(stand, "service", services, spoken),
        by_service=_medians(waits, "service", services, spoken),
        waits_authority=_medians(waits, "authority", authorities, spoken),
        waits=waits,
        services=context.office().services,
        authorities=context.authorities(),
        managed=_managed(context),
    )
    return page, asked.status


def _by_state(found: Sequence[Count], spoken: Language) -> Plot:
    totals: defaultdict[str, int] = defaultdict(int)
    for each in found:
        totals[each.state] += each.total
    rows = [(words.say(f"state_{state}", spoken), totals[state], str(totals[state])) for state in State if totals.get(state)]
    return plots.bars(rows, right_to_left=spoken == "ar")


def _names(named: Mapping[str, Any], spoken: Language) -> dict[str, str]:
    """Return the names of authorities or services by code."""
    return {code: str(getattr(each, "name", each)[spoken]) for code, each in named.items()}


def _open(found: Sequence[Count], by: str, names: Mapping[str, str], spoken: Language) -> Plot:
    """The applications that are not at an end, by authority or service."""
    totals: defaultdict[str, int] = defaultdict(int)
    for each in found:
        if each.state not in _CLOSED:
            totals[getattr(each, by)] += each.total
    ordered = sorted(totals.items(), key=lambda each: -each[1])
    return plots.bars([(names.get(code, code), total, str(total)) for code, total in ordered], right_to_left=spoken == "ar")


def _medians(found: Sequence[Waiting], by: str, names: Mapping[str, str], spoken: Language) -> Plot:
    """The medians of each authority or service, weighted by how many were decided."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in found:
        sums[getattr(each, by)][0] += each.median * each.decided
        sums[getattr(each, by)][1] += each.decided
    means = sorted(((seconds / decided, code) for code, (seconds, decided) in sums.items()), reverse=True)
    return plots.bars([(names.get(code, code), mean, words.span(mean, spoken)) for mean, code in means], right_to_left=spoken == "ar")


def _waiting(connection: Connection, context: DeskContext, since: date, until: date) -> tuple[Waiting, ...]:
    first, end = days.start_of(since), days.exp_of(until)
    return counts.waiting(connection, context.office(), actor=_actor(), since=first, until=end)


def _managed(context: DeskContext) -> list[str]:
    actor = _actor()
    return [code for code in sorted(context.office().authorities) if actor.has(code, *_ROLES)]


def _cash(context: DeskContext, day: date) -> list[CashReport]:
    with reading(context.engine) as connection:
        return [reports.cash(connection, authority, day) for authority in _managed(context)]


def _messages(connection: Connection) -> list[Message]:
    """Return what did not arrive, of the manager's authorities: a message is about an application or a license, and names it."""
    found = outbox.search(connection, states=("failed", "given_up", "sent"), limit=MESSAGES_MOST)
    account = visitor().account
    if account is None or account.may("manager", EVERYWHERE):
        return list(found)
    mine = account.where("manager")
    return [each for each in found if (match := _OF_AUTHORITY.match(each.event)) and match[1] in mine]
