"""Commands of `khatm office` that are made of several rooms: the worker, accounts, payments."""

from __future__ import annotations

from sqlalchemy import Connection

from accounts import commands as accounts
from accounts.roles import EVERYWHERE, OFFICE_ROLES
from issuer.locations import location_options
from office.applications import workflow
from office.applications.books import books
from office.applications.commands import joined
from office.payments import commands as payments
from office.privacy import sweeping
from office.services import catalogue as services
from office.work import dealing


def _authorities() -> frozenset[str]:
    return frozenset(code for wave in services.default().waves for code in wave.authorities) | {EVERYWHERE}


def _settled(connection: Connection, subject: str, bill_id: int, now: int) -> None:
    """Lead an application on whose bill was settled by what the command found out."""
    workflow.paid(books())(connection, subject, bill_id, now)


work = joined(dealing.run, sweeping.Hourly())
account = accounts.group(location_options, offered=OFFICE_ROLES, authorities=_authorities, welcome="/centre/welcome")
payments_ = payments.group(_settled)
