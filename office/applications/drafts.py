"""Drafts: what somebody types, kept as typed until it is submitted, whatever happens to the browser.

A draft is known by a random key that nobody can guess, an application by its number. Values are read only when somebody asks what is wrong
with them: a draft takes everything that fits.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update

from issuer.intake.texts import tidy
from office import mobiles
from office.applicants import records as applicants
from office.services.state_machine import ENTER, State

from . import access, records
from .actors import Actor
from .application import Application, of
from .context import OfficeContext, UnitOfWork
from .errors import ApplicationError
from .judging import TYPED_MAX
from .paperwork.opened import opened
from .tables import application_events, applications, attachments

FIELDS_MAX = 60
_OPEN_TO_CHANGE = (State.DRAFT, State.RETURNED)
_AUTHORITY = "authority"  # a field of every form


class Draft(NamedTuple):
    """A draft as its owner left it. Times are seconds since 1970 UTC; `fields` as typed, by code."""

    key: str
    version: int
    service: str
    channel: str
    authority: str
    mobile: str
    fields: Mapping[str, str]
    name: str
    created_at: int
    changed_at: int


def create(
    unit: UnitOfWork, *, service: str, channel: str, owner: str = "", mobile: str = "", fields: Mapping[str, str] | None = None
) -> str:
    """Begin a draft and return its key. At the portal it is the citizen's own; at the centre a clerk's, for `owner` if one has an account.

    `mobile` is where messages will go (E.164). Raises ApplicationError `service_unknown`, `action_refused`; IssuerError `mobile_invalid`.
    """
    unit.office.service(service)
    citizen = unit.actor.kind == "citizen"
    clerk = unit.actor.kind == "staff" and any("clerk" in held for held in unit.actor.roles.values())
    if not {"portal": citizen, "centre": clerk}.get(channel, False) or not unit.actor.id:
        raise ApplicationError("action_refused")
    typed = _bounded(fields or {})
    key = secrets.token_hex(16)
    row = {
        "key": key,
        "version": 1,
        "state": State.DRAFT.value,
        "service": service,
        "channel": channel,
        "authority": _authority(unit.office, typed),
        "owner": unit.actor.id if citizen else records.storable(owner)[:64],
        "entered_by": unit.actor.key,
        "mobile": mobiles.parse(mobile) if mobile else "",
        "fields": typed,
        "name": typed.get("trade_name", "")[:100],
        "holder": typed.get("holder", "")[:100],
        "upheld": False,
        "escalated": False,
        "created_at": unit.now,
        "since": unit.now,
        "due_at": records.due_at(unit.office, service, State.DRAFT, unit.now),
    }
    id_ = unit.connection.execute(applications.insert().values(row).returning(applications.c.id)).scalar_one()
    made = unit.connection.execute(select(applications).where(applications.c.id == id_)).one()
    records.note(unit, of(made), ENTER)
    return key


def update_fields(unit: UnitOfWork, name: str, fields: Mapping[str, str], *, version: int | None = None) -> int:
    """Keep what was typed into some fields of a draft, or of an application that was returned, and return its new version.

    A value is never refused for what it says. Raises ApplicationError `application_unknown`, `changed_meanwhile`, `action_refused`,
    `form_locked` (it came back for its documents alone), `form_too_large`.
    """
    application = open_to_change(unit.connection, name, actor=unit.actor, version=version)
    if not opened(unit.connection, application).form:
        raise ApplicationError("form_locked")
    typed = _bounded({**application.fields, **fields})
    values: dict[str, Any] = {"fields": typed, "version": application.version + 1}
    if application.state == State.DRAFT:
        values |= {
            "authority": _authority(unit.office, typed),
            "name": typed.get("trade_name", "")[:100],
            "holder": typed.get("holder", "")[:100],
            "since": unit.now,
            "due_at": records.due_at(unit.office, application.service, State.DRAFT, unit.now),
        }
    unit.connection.execute(update(applications).where(applications.c.id == application.id).values(values))
    records.edited(unit, application)
    return application.version + 1


def show(connection: Connection, name: str, *, actor: Actor) -> Draft:
    """Return a draft. Raises ApplicationError `application_unknown`."""
    application = records.find(connection, name, actor=actor)
    if application.state != State.DRAFT:
        raise ApplicationError("application_unknown")
    return _draft(application)


def mine(connection: Connection, *, actor: Actor, limit: int = 50) -> tuple[Draft, ...]:
    """Return the drafts that the actor may go on with, the newest first."""
    query = select(applications).where(applications.c.state == State.DRAFT.value, access.own_drafts(actor))
    return tuple(_draft(of(row)) for row in connection.execute(query.order_by(applications.c.id.desc()).limit(limit)))


def discard(connection: Connection, name: str, *, actor: Actor) -> None:
    """Forget a draft and what is attached to it. Raises ApplicationError `application_unknown`, `action_refused`."""
    application = open_to_change(connection, name, actor=actor, version=None)
    if application.state != State.DRAFT:
        raise ApplicationError("action_refused")
    forget(connection, application)


def forget(connection: Connection, application: Application) -> None:
    """Take a draft out of the tables; it never was an application."""
    applicants.forget(connection, application.id)
    for table in (attachments, application_events):
        connection.execute(delete(table).where(table.c.application_id == application.id))
    connection.execute(delete(applications).where(applications.c.id == application.id))


def open_to_change(connection: Connection, name: str, *, actor: Actor, version: int | None) -> Application:
    """Return a draft, or an application that was returned, locked for the actor to change it.

    Raises ApplicationError `application_unknown`, `changed_meanwhile`, `action_refused`.
    """
    application = records.find(connection, name, actor=actor, lock=True)
    records.unchanged(application, version)
    if application.state not in _OPEN_TO_CHANGE or not applies(actor, application):
        raise ApplicationError("action_refused")
    return application


def applies(actor: Actor, application: Application) -> bool:
    """Say whether `actor`, who may change an application, is one of those who apply: they, a clerk for them, or who entered it."""
    return actor.kind == "citizen" or actor.has(application.authority, "clerk") or application.entered_by == actor.key


def _bounded(fields: Mapping[str, str]) -> dict[str, str]:
    if len(fields) > FIELDS_MAX or any(len(code) > 48 or len(text) > TYPED_MAX for code, text in fields.items()):
        raise ApplicationError("form_too_large")
    return {records.storable(code): records.storable(text) for code, text in fields.items()}


def _authority(office: OfficeContext, typed: Mapping[str, str]) -> str:
    code = tidy(typed.get(_AUTHORITY, "")[:8]).upper()
    return code if code in office.authorities else ""


def _draft(application: Application) -> Draft:
    known = application.key, application.version, application.service, application.channel, application.authority, application.mobile
    return Draft(*known, application.fields, application.name, application.created_at, application.since)
