"""What a manager looks at: the day's cash, the day's messages, how many applications stand where and how long people wait; also as CSV."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts.roles import EVERYWHERE
from issuer.applications import counts
from issuer.applications.actors import Actor
from issuer.applications.counts import Count, Waiting
from issuer.desk import plots, tables, words
from issuer.desk.bureau import Bureau
from issuer.desk.plots import Plot
from issuer.desk.problems import ProblemError
from issuer.desk.visitor import language, visitor
from issuer.messages import outbox, report
from issuer.messages.outbox import Message
from issuer.payments import reports
from issuer.payments.reports import CashReport
from issuer.register.database import reading
from issuer.services.machine import State
from seal import days
from seal.sentences import Language

PERIOD_DAYS = 30
LONGEST_DAYS = 1100
MESSAGES_MOST = 200
_ROLES = ("manager",)
_OF_AUTHORITY = re.compile(r"(?:APP|ALX)-([A-Z0-9]{2,4})-")
_CLOSED = (State.ISSUED, State.REJECTED, State.WITHDRAWN)
_DAY_SECONDS = 86_400


def blueprint(bureau: Bureau) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("reports", __name__, url_prefix="/centre/reports")

    @pages.get("")
    def overview() -> ResponseReturnValue:
        return _overview(bureau)

    @pages.get("/counts.csv")
    def counts_csv() -> Response:
        with reading(bureau.engine) as connection:
            found = counts.by_state(connection, bureau.office(), actor=_actor())
        rows = [(each.authority, each.service, each.state, each.total, words.moment(each.oldest, "en")) for each in found]
        return tables.answer("applications", ("authority", "service", "state", "applications", "oldest since"), rows)

    @pages.get("/waiting.csv")
    def waiting_csv() -> Response:
        since, until = _period(bureau)
        with reading(bureau.engine) as connection:
            found = _waiting(connection, bureau, since, until)
        rows = [(*each[:3], *(f"{seconds / _DAY_SECONDS:.2f}" for seconds in each[3:])) for each in found]
        header = ("authority", "service", "decided", "median days", "nine in ten days", "longest days")
        return tables.answer(f"waiting-{since}-{until}", header, rows)

    @pages.get("/cash")
    def cash() -> ResponseReturnValue:
        day = _day(bureau, "day", 0)
        return render_template("centre_cash.html", reports=_cash(bureau, day), chosen=day, authorities=bureau.authorities())

    @pages.get("/cash.csv")
    def cash_csv() -> Response:
        day = _day(bureau, "day", 0)
        header = ("authority", "cashier", "method", "receipts", "piastres", "refunds", "piastres refunded", "first receipt", "last receipt")
        rows = [(found.authority, *line) for found in _cash(bureau, day) for line in found.lines]
        return tables.answer(f"cash-{day}", header, rows)

    @pages.get("/messages")
    def messages() -> ResponseReturnValue:
        day = _day(bureau, "day", 0)
        with reading(bureau.engine) as connection:
            daily = report.daily(connection, day, now=bureau.now())
            stuck = _messages(connection)
        return render_template("centre_messages.html", daily=daily, stuck=stuck, chosen=day)

    @pages.post("/messages/<int:message>/resend")
    def resend(message: int) -> ResponseReturnValue:
        with bureau.engine.begin() as connection:
            if message not in {each.id for each in _messages(connection)}:
                raise ProblemError("message_unknown")
            outbox.resend(connection, message, now=bureau.now())
        return redirect("/centre/reports/messages", 303)

    @pages.get("/messages.csv")
    def messages_csv() -> Response:
        day = _day(bureau, "day", 0)
        with reading(bureau.engine) as connection:
            daily = report.daily(connection, day, now=bureau.now())
        states = [("state", state, count) for state, count in daily.messages.items()]
        parts = [("parts", name, count) for name, count in daily.parts.items()]
        return tables.answer(f"messages-{day}", ("what", "which", "number"), [*states, *parts])

    return pages


def _actor() -> Actor:
    return visitor().actor


def _overview(bureau: Bureau) -> ResponseReturnValue:
    since, until = _period(bureau)
    with reading(bureau.engine) as connection:
        stand = counts.by_state(connection, bureau.office(), actor=_actor())
        waits = _waiting(connection, bureau, since, until)
    spoken = language()
    return render_template(
        "centre_reports.html",
        since=since,
        until=until,
        by_state=_by_state(stand, spoken),
        by_authority=_by_authority(stand, bureau, spoken),
        by_service=_by_service(waits, bureau, spoken),
        waits=waits,
        services=bureau.office().services,
        authorities=bureau.authorities(),
        managed=_managed(bureau),
    )


def _by_state(found: Sequence[Count], spoken: Language) -> Plot:
    totals: defaultdict[str, int] = defaultdict(int)
    for each in found:
        totals[each.state] += each.total
    rows = [(words.say(f"state_{state}", spoken), totals[state], str(totals[state])) for state in State if totals.get(state)]
    return plots.bars(rows, right_to_left=spoken == "ar")


def _by_authority(found: Sequence[Count], bureau: Bureau, spoken: Language) -> Plot:
    totals: defaultdict[str, int] = defaultdict(int)
    for each in found:
        if each.state not in _CLOSED:
            totals[each.authority] += each.total
    names = bureau.authorities()
    ordered = sorted(totals.items(), key=lambda each: -each[1])
    rows = [(names[code][spoken] if code in names else code, total, str(total)) for code, total in ordered]
    return plots.bars(rows, right_to_left=spoken == "ar")


def _by_service(found: Sequence[Waiting], bureau: Bureau, spoken: Language) -> Plot:
    """The median of each service, over its authorities weighted by how many were decided."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in found:
        sums[each.service][0] += each.median * each.decided
        sums[each.service][1] += each.decided
    rows = []
    for code, (seconds, decided) in sorted(sums.items(), key=lambda each: -each[1][0] / each[1][1]):
        mean = seconds / decided
        rows.append((bureau.office().service(code).name[spoken], mean, words.span(mean, spoken)))
    return plots.bars(rows, right_to_left=spoken == "ar")


def _waiting(connection: Connection, bureau: Bureau, since: date, until: date) -> tuple[Waiting, ...]:
    first, end = days.start_of(since), days.exp_of(until)
    return counts.waiting(connection, bureau.office(), actor=_actor(), since=first, until=end)


def _managed(bureau: Bureau) -> list[str]:
    actor = _actor()
    return [code for code in sorted(bureau.office().authorities) if actor.has(code, *_ROLES)]


def _cash(bureau: Bureau, day: date) -> list[CashReport]:
    with reading(bureau.engine) as connection:
        return [reports.cash(connection, authority, day) for authority in _managed(bureau)]


def _messages(connection: Connection) -> list[Message]:
    """Return what did not arrive, of the manager's authorities: a message is about an application or a license, and names it."""
    found = outbox.search(connection, states=("failed", "given_up", "sent"), limit=MESSAGES_MOST)
    account = visitor().account
    if account is None or account.may("manager", EVERYWHERE):
        return list(found)
    mine = account.where("manager")
    return [each for each in found if (match := _OF_AUTHORITY.match(each.event)) and match[1] in mine]


def _day(bureau: Bureau, name: str, ago: int) -> date:
    """Return the Cairo day that the address names, else one so many days ago."""
    today = days.day_of(bureau.now())
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return today - timedelta(days=ago)


def _period(bureau: Bureau) -> tuple[date, date]:
    until, since = _day(bureau, "until", 0), _day(bureau, "since", PERIOD_DAYS)
    return max(min(since, until), until - timedelta(days=LONGEST_DAYS)), until
