"""Drafts: what somebody types, kept as typed until it is submitted, whatever happens to the browser.

A draft is known by a random key that nobody can guess, an application by its number. Values are read only when somebody asks what is wrong
with them: a draft takes everything that fits.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, select, update

from issuer.intake.texts import tidy
from office import mobiles
from office.services.state_machine import ENTER, State

from . import access, records
from .actors import Actor
from .context import OfficeContext
from .errors import ApplicationError
from .judging import TYPED_MAX
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
    connection: Connection,
    office: OfficeContext,
    *,
    service: str,
    channel: str,
    actor: Actor,
    now: int,
    owner: str = "",
    mobile: str = "",
    fields: Mapping[str, str] | None = None,
) -> str:
    """Begin a draft and return its key. At the portal it is the citizen's own; at the centre a clerk's, for `owner` if one has an account.

    `mobile` is where messages will go (E.164). Raises ApplicationError `service_unknown`, `action_refused`; IssuerError `mobile_invalid`.
    """
    office.service(service)
    citizen = actor.kind == "citizen"
    clerk = actor.kind == "staff" and any("clerk" in held for held in actor.roles.values())
    if not {"portal": citizen, "centre": clerk}.get(channel, False) or not actor.id:
        raise ApplicationError("action_refused")
    typed = _bounded(fields or {})
    key = secrets.token_hex(16)
    row = {
        "key": key,
        "version": 1,
        "state": State.DRAFT.value,
        "service": service,
        "channel": channel,
        "authority": _authority(office, typed),
        "owner": actor.id if citizen else records.storable(owner)[:64],
        "entered_by": actor.key,
        "mobile": mobiles.parse(mobile) if mobile else "",
        "fields": json.dumps(typed, ensure_ascii=False),
        "name": typed.get("trade_name", "")[:100],
        "holder": typed.get("holder", "")[:100],
        "upheld": False,
        "escalated": False,
        "created_at": now,
        "since": now,
        "due_at": records.due_at(office, service, State.DRAFT, now),
    }
    id_ = connection.execute(applications.insert().values(row).returning(applications.c.id)).scalar_one()
    made = connection.execute(select(applications).where(applications.c.id == id_)).one()
    records.note(connection, made, ENTER, actor=actor, now=now)
    return key


def update_fields(
    connection: Connection,
    office: OfficeContext,
    name: str,
    fields: Mapping[str, str],
    *,
    actor: Actor,
    now: int,
    version: int | None = None,
) -> int:
    """Keep what was typed into some fields of a draft, or of an application that was returned, and return its new version.

    A value is never refused for what it says. Raises ApplicationError `application_unknown`, `changed_meanwhile`, `action_refused`,
    `form_too_large`.
    """
    row = open_to_change(connection, name, actor=actor, version=version)
    typed = _bounded({**json.loads(row.fields), **fields})
    values: dict[str, Any] = {"fields": json.dumps(typed, ensure_ascii=False), "version": row.version + 1}
    if row.state == State.DRAFT:
        values |= {
            "authority": _authority(office, typed),
            "name": typed.get("trade_name", "")[:100],
            "holder": typed.get("holder", "")[:100],
            "since": now,
            "due_at": records.due_at(office, row.service, State.DRAFT, now),
        }
    connection.execute(update(applications).where(applications.c.id == row.id).values(values))
    records.edited(connection, row, actor=actor, now=now)
    return int(row.version) + 1


def show(connection: Connection, name: str, *, actor: Actor) -> Draft:
    """Return a draft. Raises ApplicationError `application_unknown`."""
    row = records.find(connection, name, actor=actor)
    if row.state != State.DRAFT:
        raise ApplicationError("application_unknown")
    return _draft(row)


def mine(connection: Connection, *, actor: Actor, limit: int = 50) -> tuple[Draft, ...]:
    """Return the drafts that the actor may go on with, the newest first."""
    query = select(applications).where(applications.c.state == State.DRAFT.value, access.own_drafts(actor))
    return tuple(map(_draft, connection.execute(query.order_by(applications.c.id.desc()).limit(limit))))


def discard(connection: Connection, name: str, *, actor: Actor) -> None:
    """Forget a draft and what is attached to it. Raises ApplicationError `application_unknown`, `action_refused`."""
    row = open_to_change(connection, name, actor=actor, version=None)
    if row.state != State.DRAFT:
        raise ApplicationError("action_refused")
    forget(connection, row)


def forget(connection: Connection, row: Row[Any]) -> None:
    """Take a draft out of the tables; it never was an application."""
    for table in (attachments, application_events):
        connection.execute(delete(table).where(table.c.application_id == row.id))
    connection.execute(delete(applications).where(applications.c.id == row.id))


def open_to_change(connection: Connection, name: str, *, actor: Actor, version: int | None) -> Row[Any]:
    """Return a draft, or an application that was returned, locked for the actor to change it.

    Raises ApplicationError `application_unknown`, `changed_meanwhile`, `action_refused`.
    """
    row = records.find(connection, name, actor=actor, lock=True)
    records.unchanged(row, version)
    applies = actor.kind == "citizen" or actor.has(row.authority, "clerk") or row.entered_by == actor.key
    if row.state not in _OPEN_TO_CHANGE or not applies:
        raise ApplicationError("action_refused")
    return row


def _bounded(fields: Mapping[str, str]) -> dict[str, str]:
    if len(fields) > FIELDS_MAX or any(len(code) > 48 or len(text) > TYPED_MAX for code, text in fields.items()):
        raise ApplicationError("form_too_large")
    return {records.storable(code): records.storable(text) for code, text in fields.items()}


def _authority(office: OfficeContext, typed: Mapping[str, str]) -> str:
    code = tidy(typed.get(_AUTHORITY, "")[:8]).upper()
    return code if code in office.authorities else ""


def _draft(row: Row[Any]) -> Draft:
    typed = json.loads(row.fields)
    return Draft(row.key, row.version, row.service, row.channel, row.authority, row.mobile, typed, row.name, row.created_at, row.since)
