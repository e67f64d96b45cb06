"""One application with everything that belongs to it, for somebody who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from issuer.errors import IssuerError
from issuer.intake.texts import skeleton
from issuer.register.tables import licenses
from office.payments.bills import Bill
from office.services import state_machine
from office.services.cases import Case
from office.services.deadlines import Deadline
from office.services.service import Effect
from office.services.state_machine import Action, State
from seal.license import License
from storage.asked import VALUE, by

from . import access, judging, records, sites, workflow
from .actors import Actor
from .application import Application, of
from .attaching import Attachment, attached, of_objection
from .context import OfficeContext
from .errors import ApplicationError
from .records import Event
from .sites import Near
from .tables import applications, inspections, objections

_OFFICE = "office"
_OBJECT = "object"


class Inspection(NamedTuple):
    """A visit to the site. `outcome` fits or differs, None while it is still to be made; `removed_on` is an ISO day."""

    id: int
    requested_at: int
    done_at: int | None
    outcome: str | None
    stayed_up: str | None
    removed_on: str | None
    note: str


class Objection(NamedTuple):
    """An objection to a rejection or a fine. `upheld` is None while nobody has decided; `document` is what it came with, if anything."""

    id: int
    against: str
    at: int
    text: str
    decided_at: int | None
    upheld: bool | None
    reason: str
    document: Attachment | None = None


class Casefile(NamedTuple):
    """An application with all that belongs to it, as one actor sees it. Times are seconds since 1970 UTC.

    `license` is what it would make; None for a citizen where it was read from a license that is not theirs to see. `actions` are what this
    actor may do now. `subject` is the license it is about, `issued` the one it led to.
    """

    number: str
    key: str
    version: int
    state: str
    service: str
    channel: str
    authority: str
    mobile: str
    fields: Mapping[str, str]
    license: License | None
    case: Case | None
    subject: str | None
    issued: str | None
    receipt: bytes | None
    created_at: int
    submitted_at: int
    decided_at: int | None
    since: int
    due_at: int | None
    escalated: bool
    attachments: tuple[Attachment, ...]
    inspections: tuple[Inspection, ...]
    objections: tuple[Objection, ...]
    bills: tuple[Bill, ...]
    events: tuple[Event, ...]
    actions: tuple[Action, ...]


def show(connection: Connection, office: OfficeContext, number: str, *, actor: Actor) -> Casefile:
    """Return a submitted application. Raises ApplicationError `application_unknown`: also for one that is not theirs, and for a draft."""
    application = records.find(connection, number, actor=actor)
    if not application.number:
        raise ApplicationError("application_unknown")
    return _casefile(connection, office, application, actor)


def term(office: OfficeContext, application: Casefile) -> Deadline | None:
    """Return the deadline by which `due_at` was counted; None if there is none, or if rules or days off have changed since."""
    state = State(application.state)
    counted = records.due_at(office, application.service, state, application.since)
    return office.service(application.service).deadlines.get(state) if counted == application.due_at else None


def alike(connection: Connection, number: str, *, actor: Actor) -> tuple[Near, ...]:
    """Return open applications and licenses of the same type within 30 m, for the staff. A citizen learns only of their own applications.

    Raises ApplicationError `application_unknown`.
    """
    application = records.find(connection, number, actor=actor)
    if application.license is None:
        return ()
    license_ = application.license
    near = sites.applications_near(connection, license_, but=application.id, actor=actor)
    return near if actor.kind == "citizen" else (*near, *sites.licenses_near(connection, license_))


def about(connection: Connection, office: OfficeContext, license_number: str, *, actor: Actor) -> tuple[tuple[str, str, str], ...]:
    """Return the applications about a license, or that led to it, as (number, service, state), oldest first, that the actor may see.

    Raises IssuerError `number_unknown` for a license that is not there, or is not the actor's to see: the staff see those of their
    authorities, a citizen those that an application of theirs led to.
    """
    table = applications.c
    authority = connection.scalar(select(licenses.c.authority).where(licenses.c.number == records.storable(license_number)[:40]))
    if authority is None or not _may_see_license(connection, office, license_number, authority, actor):
        raise IssuerError("number_unknown")
    query = select(applications).where((table.subject == license_number) | (table.issued == license_number), table.number.is_not(None))
    found = map(of, connection.execute(query.order_by(table.id)).all())
    return tuple((each.number, each.service, each.state) for each in found if access.may_see(actor, each))


def _may_see_license(connection: Connection, office: OfficeContext, number: str, authority: str, actor: Actor) -> bool:
    """Say whether an actor may see a license of `authority` that they name by its number, which others can guess."""
    if actor.kind == "system" or actor.has(authority, *access.DESK):
        return True
    return actor.kind == "citizen" and _led_to(connection, office, number, actor)


def _led_to(connection: Connection, office: OfficeContext, number: str, actor: Actor) -> bool:
    """Say whether an application of a citizen made a license what it is. After a transfer to somebody else, it no longer does."""
    table = applications.c
    mine = select(table.service, table.holder).where(table.issued == number, table.owner == actor.id)
    rows = connection.execute(mine).all() if actor.id else []
    holders = {skeleton(row.holder) for row in rows if office.service(row.service).effect not in (Effect.REVOKE, Effect.PRINT)}
    sealed = judging.find(connection, number) if holders else None
    return sealed is not None and skeleton(sealed[0].holder) in holders


def _casefile(connection: Connection, office: OfficeContext, application: Application, actor: Actor) -> Casefile:
    own = {column: getattr(application, column) for column in Casefile._fields if column in applications.c}
    may_read = _may_read(connection, office, application, actor)
    return Casefile(
        **own | {"license": application.license if may_read else None},
        attachments=attached(connection, application.id),
        inspections=tuple(Inspection(*tuple(each)) for each in _rows(connection, inspections, Inspection, application.id)),
        objections=_objections(connection, application.id),
        bills=records.bills_of(connection, application.number),
        events=_events(connection, application, actor),
        actions=_actions(connection, office, application, actor),
    )


def _actions(connection: Connection, office: OfficeContext, application: Application, actor: Actor) -> tuple[Action, ...]:
    """Return what the actor may do now; to object, only where there is something to object to."""
    if not access.may_change(actor, application):
        return ()
    found = state_machine.choices(
        office.service(application.service).machine,
        application.state,
        person=records.person(actor),
        roles=access.roles(actor, application.authority),
        done=records.done(connection, application, actor=actor),
    )
    if any(action.code == _OBJECT for action in found):
        try:
            workflow.objectionable(connection, application)
        except ApplicationError:
            return tuple(action for action in found if action.code != _OBJECT)
    return found


def _may_read(connection: Connection, office: OfficeContext, application: Application, actor: Actor) -> bool:
    """Say whether the actor may read the license: a number alone, which others can guess, opens nobody's data to a citizen."""
    if (
        actor.kind != "citizen"
        or application.subject is None
        or application.issued is not None
        or office.service(application.service).effect == Effect.ISSUE
    ):
        return True
    return _led_to(connection, office, application.subject, actor)


def _objections(connection: Connection, application_id: int) -> tuple[Objection, ...]:
    rows = _rows(connection, objections, Objection, application_id)
    return tuple(Objection(*tuple(row))._replace(reason=row.reason or "", document=of_objection(connection, row.id)) for row in rows)


def _rows(connection: Connection, table: Any, shape: Any, application_id: int) -> list[Row[Any]]:
    query = by(table, "application_id", *(name for name in shape._fields if name in table.c))
    return list(connection.execute(query, {VALUE: application_id}))


def _events(connection: Connection, application: Application, actor: Actor) -> tuple[Event, ...]:
    told = records.history(connection, application.id)
    if actor.kind != "citizen":
        return told
    return tuple(each if each.actor == actor.key else each._replace(actor=f"{_OFFICE}:", actor_name=_OFFICE, detail={}) for each in told)
