"""What a manager looks at, also as tables: cash, revenue, messages, how many applications stand where and how long people wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue

from accounts import directory
from office import pounds
from office.applications import counts
from office.applications.counts import Count, Waiting
from office.applications.revenue import Revenue
from office.desk import words
from office.desk.centre import figures, period, spreadsheets
from office.desk.context import DeskContext
from office.desk.problems import ProblemError
from office.desk.replicas import looking
from office.desk.visitor import language, visitor
from office.messages import outbox, report
from office.services.state_machine import State
from seal.catalogue import Language
from web import plots
from web.plots import Plot
from web.spreadsheets import Form

#: What of the reports may be had as a table, in every form of one.
_TABLES: Mapping[str, Callable[[DeskContext, Form], Response]] = {
    "counts": spreadsheets.counts,
    "waiting": spreadsheets.waiting,
    "cash": spreadsheets.cash,
    "messages": spreadsheets.messages,
    "revenue": spreadsheets.revenue,
}
_CLOSED = (State.ISSUED, State.REJECTED, State.WITHDRAWN)


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("reports", __name__, url_prefix="/centre/reports")

    @pages.get("")
    def overview() -> ResponseReturnValue:
        return _overview(context)

    @pages.get("/cash")
    def cash() -> ResponseReturnValue:
        return _cash_page(context)

    @pages.get("/messages")
    def messages() -> ResponseReturnValue:
        return _messages_page(context)

    @pages.post(f"/messages/<int(max={2**53}):message>/resend")
    def resend(message: int) -> ResponseReturnValue:
        return _resend(context, message)

    @pages.get("/revenue")
    def revenue() -> ResponseReturnValue:
        return _revenue_page(context)

    for form in get_args(Form):
        for name, table in _TABLES.items():
            pages.add_url_rule(f"/{name}.{form}", f"{name}_{form}", partial(table, context, form))
    return pages


def _cash_page(context: DeskContext) -> ResponseReturnValue:
    """Show the counters' day."""
    asked = period.day(context)
    found = [] if asked.code else figures.cash(context, asked.since)  # no figures of another day under a day that is none
    with looking(context) as connection:
        people = {each.name: each.display for each in directory.everyone(connection)}
    told = {"reports": found, "chosen": asked.since, "asked": asked, "people": people}
    page = render_template("centre_cash.html", authorities=context.authorities(), **told)
    return page, asked.status


def _revenue_page(context: DeskContext) -> ResponseReturnValue:
    """Show what came in: by month, authority and service."""
    asked = period.asked(context, figures.YEAR_DAYS)
    with looking(context) as connection:
        found = () if asked.code else figures.revenue(connection, context, asked.since, asked.until)
    spoken = language()
    authorities, services = _names(context.authorities(), spoken), _names(context.office().services.services, spoken)
    page = render_template(
        "centre_revenue.html",
        asked=asked,
        found=found,
        by_month=_net(found, "month", {}, spoken),
        by_authority=_net(found, "authority", authorities, spoken),
        by_service=_net(found, "service", services, spoken),
        totals=(sum(each.taken for each in found), sum(each.refunded for each in found), sum(each.net for each in found)),
        services=services,
        authorities=authorities,
    )
    return page, asked.status


def _net(found: Sequence[Revenue], by: str, names: Mapping[str, str], spoken: Language) -> Plot:
    """What is left of what came in, by month, authority or service. A month in which more went back than came has no bar."""
    totals: defaultdict[str, int] = defaultdict(int)
    for each in found:
        totals[getattr(each, by)] += each.net
    ordered = sorted(totals.items()) if by == "month" else sorted(totals.items(), key=lambda each: -each[1])
    return plots.bars([(names.get(code, code), max(0, net), pounds.grouped(net)) for code, net in ordered], right_to_left=spoken == "ar")


def _messages_page(context: DeskContext) -> ResponseReturnValue:
    """Show a day's messages, and those that did not arrive."""
    asked = period.day(context)
    with looking(context) as connection:
        daily = report.daily(connection, asked.since, now=context.now())
        stuck = figures.messages(connection)
    return render_template("centre_messages.html", daily=daily, stuck=stuck, chosen=asked.since, asked=asked), asked.status


def _resend(context: DeskContext, message: int) -> ResponseReturnValue:
    """Put a message into the outbox again."""
    with context.engine.begin() as connection:
        if message not in {each.id for each in figures.messages(connection)}:
            raise ProblemError("message_unknown")
        outbox.resend(connection, message, now=context.now())
    return redirect("/centre/reports/messages", 303)


def _overview(context: DeskContext) -> ResponseReturnValue:
    asked = period.asked(context, figures.PERIOD_DAYS)
    with looking(context) as connection:
        stand = counts.by_state(connection, context.office(), actor=visitor().actor)
        waits = () if asked.code else figures.waiting(connection, context, asked.since, asked.until)
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
        managed=figures.managed(context),
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
