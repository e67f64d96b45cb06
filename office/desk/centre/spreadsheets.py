"""The manager's reports for a spreadsheet (CSV or a workbook), each code with its names beside it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from office.applications.counts import by_state
from office.desk import words
from office.desk.centre import figures, period
from office.desk.context import DeskContext
from office.desk.replicas import looking
from office.desk.visitor import visitor
from office.messages import report
from web import spreadsheets as tables
from web import writing
from web.spreadsheets import Form

_DAY_SECONDS = 86_400


def counts(context: DeskContext, form: Form) -> Response:
    """Return how many applications stand where."""
    with looking(context) as connection:
        found = by_state(connection, context.office(), actor=visitor().actor)
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
    header = (*tables.heads("authority"), *tables.heads("service"), *tables.heads("state"), "applications", "oldest since")
    return tables.answer("applications", header, rows, form)


def waiting(context: DeskContext, form: Form) -> Response:
    """Return how long people waited for a decision."""
    asked = period.asked(context, figures.PERIOD_DAYS)
    since, until = period.of_table(asked), asked.until
    with looking(context) as connection:
        found = figures.waiting(connection, context, since, until)
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
    header = (*tables.heads("authority"), *tables.heads("service"), "decided", "median days", "nine in ten days", "longest days")
    return tables.answer(f"waiting-{since}-{until}", header, rows, form)


def cash(context: DeskContext, form: Form) -> Response:
    """Return a day's cash by counter and cashier."""
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
        for found in figures.cash(context, day)
        for line in found.lines
    ]
    return tables.answer(f"cash-{day}", header, rows, form)


def revenue(context: DeskContext, form: Form) -> Response:
    """Return what came in and went back, by month, authority, service and way to pay."""
    asked = period.asked(context, figures.YEAR_DAYS)
    since, until = period.of_table(asked), asked.until
    with looking(context) as connection:
        found = figures.revenue(connection, context, since, until)
    authorities, services, methods = context.authorities(), context.service_names(), words.names("method")
    rows = [
        (
            each.month,
            *tables.both(authorities, each.authority),
            *tables.both(services, each.service),
            *tables.both(methods, each.method),
            *(each.payments, each.taken, each.refunded, each.net),
        )
        for each in found
    ]
    heads = (*tables.heads("authority"), *tables.heads("service"), *tables.heads("method"))
    header = ("month", *heads, "payments", "piastres", "piastres refunded", "piastres net")
    return tables.answer(f"revenue-{since}-{until}", header, rows, form)


def messages(context: DeskContext, form: Form) -> Response:
    """Return what became of a day's messages."""
    day = period.of_table(period.day(context))
    with looking(context) as connection:
        daily = report.daily(connection, day, now=context.now())
    return tables.answer(f"messages-{day}", ("what", *tables.heads("which"), "number"), _message_rows(daily), form)


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
