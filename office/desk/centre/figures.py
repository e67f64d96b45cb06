"""What a manager's reports are made of: only what is of the authorities that they manage."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import Connection

from accounts.roles import EVERYWHERE
from office.applications import counts
from office.applications import revenue as revenues
from office.applications.counts import Waiting
from office.applications.revenue import Revenue
from office.desk.context import DeskContext
from office.desk.replicas import looking
from office.desk.visitor import visitor
from office.messages import outbox
from office.messages.outbox import Message
from office.payments import reports
from office.payments.reports import CashReport
from seal import days

PERIOD_DAYS = 30
YEAR_DAYS = 364
MESSAGES_MOST = 200
_ROLES = ("manager",)
_OF_AUTHORITY = re.compile(r"[A-Z][A-Z0-9]{1,3}-([A-Z][A-Z0-9]{1,3})-2")  # an application's number, or a license's of whatever prefix


def waiting(connection: Connection, context: DeskContext, since: date, until: date) -> tuple[Waiting, ...]:
    """Return how long people waited for what was decided from the day `since` to the day `until`."""
    first, end = days.start_of(since), days.exp_of(until)
    return counts.waiting(connection, context.office(), actor=visitor().actor, since=first, until=end)


def revenue(connection: Connection, context: DeskContext, since: date, until: date) -> tuple[Revenue, ...]:
    """Return what came in from the day `since` to the day `until`."""
    return revenues.revenue(connection, context.office(), actor=visitor().actor, since=since, until=until)


def managed(context: DeskContext) -> list[str]:
    """Return the codes of the authorities that the visitor manages."""
    actor = visitor().actor
    return [code for code in sorted(context.office().authorities) if actor.has(code, *_ROLES)]


def cash(context: DeskContext, day: date) -> list[CashReport]:
    """Return what each of their counters took on a day."""
    with looking(context) as connection:
        return [reports.cash(connection, authority, day) for authority in managed(context)]


def messages(connection: Connection) -> list[Message]:
    """Return what did not arrive, of the manager's authorities: a message is about an application or a license, and names it."""
    found = outbox.search(connection, states=("failed", "given_up", "sent"), limit=MESSAGES_MOST)
    account = visitor().account
    if account is None or account.may("manager", EVERYWHERE):
        return list(found)
    mine = account.where("manager")
    return [each for each in found if (match := _OF_AUTHORITY.match(each.event)) and match[1] in mine]
