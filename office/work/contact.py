"""Reaching an applicant: the whole mobile for whoever works on the case, each look kept; the last message once more.

The mobile is masked everywhere else. A look is a line of its own table before the number is shown: a number that is seen was logged.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, false, func, select, true

from accounts import lockout
from accounts.lockout import Limit
from office.applications import access, records
from office.applications.actors import EVERYWHERE, Actor
from office.applications.application import Application
from office.applications.context import OfficeContext, UnitOfWork
from office.applications.tables import application_events as events
from office.applications.tables import applications
from office.messages import outbox
from office.messages.outbox import Message
from office.services.state_machine import Role, State

from .errors import WorkError
from .tables import looks

#: What somebody calls for.
WHY = ("documents", "site", "payment", "appointment", "other")
AGAIN = "message_again"  # of the case's history
AGAIN_MOST, DAY_SECONDS = 3, 86_400
_FREE_LOOKS, _LOOK_EASES = 40, 120  # of one person, before they have to wait: who calls all day long needs no more
_VERSIONS_MOST = 200
_NOTICES = ("submit", "return", "reject", "approve", "uphold", "dismiss")


class Look(NamedTuple):
    """Somebody read the mobile of a case."""

    number: str
    name: str
    at: int
    actor: str
    why: str


def may_look(office: OfficeContext, application: Application, actor: Actor) -> bool:
    """Say whether somebody works on a case: they have it, or a role that does something in its present step."""
    if actor.kind != "staff" or not actor.has(application.authority, *access.DESK):
        return False
    if f"{application.assigned}" == actor.id:
        return True
    actions = office.service(application.service).machine.actions.values()
    acting = {role for each in actions if application.state in each.before for role in each.roles}
    acting |= {Role.CASHIER} if application.state == State.AWAITING_PAYMENT else set()
    return not acting.isdisjoint(access.roles(actor, application.authority))


def look(unit: UnitOfWork, number: str, why: str) -> str:
    """Keep that the actor reads the mobile of a case, and return it (E.164).

    Raises WorkError `look_not_yours`, `look_reason`, `mobile_none`; AccountError `wait` for whoever reads too many.
    """
    application = records.find(unit.connection, number, actor=unit.actor)
    if not may_look(unit.office, application, unit.actor):
        raise WorkError("look_not_yours")
    if why not in WHY:
        raise WorkError("look_reason")
    if not application.mobile:
        raise WorkError("mobile_none")
    lockout.count(unit.connection, [Limit("mobiles read", unit.actor.key, _FREE_LOOKS, eases=_LOOK_EASES)], now=unit.now)
    line = {"application_id": application.id, "at": unit.now, "actor": unit.actor.key, "why": why}
    unit.connection.execute(looks.insert().values(line))
    return application.mobile


def seen(connection: Connection, *, actor: Actor, by: str = "", before: int | None = None, limit: int = 50) -> tuple[tuple[int, Look], ...]:
    """Return who read which mobiles of the authorities that an actor leads, newest first, each with the id to go on before.

    `by` is one person alone (`kind:id`).
    """
    table = looks.c
    query = select(table.id, applications.c.number, applications.c.name, table.at, table.actor, table.why)
    query = query.join(applications, applications.c.id == table.application_id).where(_led(actor))
    query = query.where(table.actor == by) if by else query
    query = query.where(table.id < before) if before is not None else query
    rows = connection.execute(query.order_by(table.id.desc()).limit(limit))
    return tuple((row[0], Look(*row[1:])) for row in rows)


def again(unit: UnitOfWork, number: str) -> None:
    """Send the last message about a case once more, to the mobile that the case names now.

    Raises WorkError `look_not_yours`, `mobile_none`, `message_none` (none, or its text is forgotten by now), `message_waits` (it is on its
    way there already), `message_often` (AGAIN_MOST within a day).
    """
    application = records.locked(unit, number)
    if not may_look(unit.office, application, unit.actor):
        raise WorkError("look_not_yours")
    if not application.mobile:
        raise WorkError("mobile_none")
    sent = select(func.count()).select_from(events).where(events.c.application_id == application.id, events.c.action == AGAIN)
    if unit.connection.execute(sent.where(events.c.at > unit.now - DAY_SECONDS)).scalar_one() >= AGAIN_MOST:
        raise WorkError("message_often")
    last = last_message(unit.connection, application)
    if last is None or not last.text:
        raise WorkError("message_none")
    if last.state == "waiting" and last.recipient == application.mobile:
        raise WorkError("message_waits")
    event = f"{number_of(last.event)}/again/{unit.now}"
    if not outbox.enqueue(unit.connection, event=event, to=application.mobile, text=last.text, now=unit.now, position=last.position):
        raise WorkError("message_waits")  # twice within a second
    records.note(unit, application, AGAIN)


def last_message(connection: Connection, application: Application) -> Message | None:
    """Return the newest message about a case, None if there is none."""
    return outbox.newest(connection, list(_named(connection, application)))


def number_of(event: str) -> str:
    """Return what a message's event is about: the number that it begins with."""
    return event.partition("/")[0]


def _named(connection: Connection, application: Application) -> Iterator[str]:
    """Yield the events of all messages that there may be about a case: each is found by its name, none by its text."""
    versions = range(max(1, application.version - _VERSIONS_MOST), application.version + 1)
    yield from (f"{application.number}/{version}/{action}" for version, action in product(versions, _NOTICES))
    for bill_id in records.bill_ids(connection, application.number):
        yield from (f"{application.number}/bill/{bill_id}", f"{application.number}/bill/{bill_id}/paid")
    if application.issued:
        yield f"{application.issued}/0/issued"
        yield from (f"{application.issued}/{edition}/issued" for edition in range(1, 20))


def _led(actor: Actor) -> ColumnElement[bool]:
    led = [code for code, held in actor.roles.items() if "manager" in held] if actor.kind == "staff" else []
    return true() if EVERYWHERE in led else and_(applications.c.authority.in_(led)) if led else false()
