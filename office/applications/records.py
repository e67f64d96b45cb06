"""Rows of applications: found for somebody who may see them, and moved from state to state with who, when and why."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from issuer.intake.texts import figures, skeleton
from office.messages import notices
from office.payments.tables import bills
from office.services import deadlines, state_machine
from office.services.errors import MoveError
from office.services.state_machine import Done, State
from seal import days

from . import access
from .actors import Actor
from .context import OfficeContext
from .errors import ApplicationError
from .tables import application_events as events
from .tables import applications

#: What the applicant is told of, by action.
_NOTICES = {"submit": "application_received", "return": "returned", "reject": "rejected", "approve": "approved"}
_NOTICES |= dict.fromkeys(("uphold", "dismiss"), "objection_decided")
_NAME = re.compile(r"[0-9A-Za-z-]{1,40}").fullmatch
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_DECIDED = (State.APPROVED, State.REJECTED, State.WITHDRAWN)


def find(connection: Connection, name: str, *, actor: Actor, lock: bool = False) -> Row[Any]:
    """Return an application by its number, or a draft by its key, if `actor` may see it. `lock` makes others who write wait,
    and finds only what the actor may change.

    Raises ApplicationError `application_unknown`: for what is not there, and for what is not theirs.
    """
    text = figures(name[:80])
    if not _NAME(text):
        raise ApplicationError("application_unknown")
    numbered = text[:4].upper() == "APP-"
    query = select(applications).where(applications.c.number == text.upper() if numbered else applications.c.key == text)
    if lock and numbered:  # always the bills before their application, as payments do: nobody waits in a circle
        connection.execute(select(bills.c.id).where(bills.c.subject == text.upper()).order_by(bills.c.id).with_for_update())
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None or not access.may_see(actor, row) or (lock and not access.may_change(actor, row)):
        raise ApplicationError("application_unknown")
    return row


def storable(text: str) -> str:
    """Return a text without what no database keeps: NUL and halves of surrogate pairs."""
    return _UNSTORABLE.sub("", text)


def change(connection: Connection, row: Row[Any], values: Mapping[str, Any]) -> Row[Any]:
    """Change an application (a locked row), and return the row as it is now in this transaction."""
    changed = update(applications).where(applications.c.id == row.id).values(values)
    return connection.execute(changed.returning(*applications.c)).one()


def done(connection: Connection, row: Row[Any], *, actor: Actor) -> tuple[Done, ...]:
    """Return who did what to an application, oldest first.

    A member of the staff of the holder's own name counts as who entered it: as a citizen they may have, and nothing else here would tell.
    """
    return _done(_steps(connection, row), row, actor)


def _steps(connection: Connection, row: Row[Any]) -> Sequence[Row[Any]]:
    """Return the steps of an application, oldest first: who did what, and between which states."""
    columns = [events.c[name] for name in ("action", "actor", "from_state", "to_state")]
    return connection.execute(select(*columns).where(events.c.application_id == row.id).order_by(events.c.id)).all()


def _done(steps: Sequence[Row[Any]], row: Row[Any], actor: Actor) -> tuple[Done, ...]:
    found = tuple(Done(step.action, step.actor) for step in steps)
    namesake = actor.kind == "staff" and bool(row.holder) and skeleton(actor.name) == skeleton(row.holder)
    return (*found, Done(state_machine.ENTER, actor.key)) if namesake else found


def _came_from(steps: Sequence[Row[Any]], state: str) -> State | None:
    """Return the state that stood before the present one."""
    before = (step.from_state for step in reversed(steps) if step.to_state == state != step.from_state)
    return next(map(State, before), None)


def edited(connection: Connection, row: Row[Any], *, actor: Actor, now: int) -> None:
    """Note, once, that somebody else than who began it has a hand in what an application says."""
    hands = select(events.c.id).where(
        events.c.application_id == row.id, events.c.actor == actor.key, events.c.action.in_((state_machine.ENTER, state_machine.EDIT))
    )
    if connection.scalar(hands.limit(1)) is None:
        note(connection, row, state_machine.EDIT, actor=actor, now=now)


def person(actor: Actor) -> str:
    """Return the actor's name in the machine, where the program is nobody's person."""
    return state_machine.Role.SYSTEM if actor.kind == "system" else actor.key


def move(
    connection: Connection,
    office: OfficeContext,
    row: Row[Any],
    action: str,
    *,
    actor: Actor,
    now: int,
    reason: str = "",
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Row[Any]:
    """Lead an application (a locked row) on by `action`, note who, when and why, and tell the applicant. Return the row as it is now.

    Raises ApplicationError `changed_meanwhile` if it is no longer at `version`; what office.services.state_machine.move raises.
    """
    service = office.service(row.service)
    unchanged(row, version)
    reason = " ".join(storable(reason).split())
    if deadlines.shut(service.deadlines.get(State(row.state)), row.due_at, now):
        raise MoveError("move_not_allowed", f"{action}, too late")
    steps = _steps(connection, row)
    after = state_machine.move(
        service.machine,
        State(row.state),
        action,
        person=person(actor),
        roles=access.roles(actor, (changes or {}).get("authority", row.authority)),  # where it goes, not where a draft said
        done=_done(steps, row, actor),
        reason=reason,
        came_from=_came_from(steps, row.state),
    )
    moved = _stay(row, after, office, now) | {"version": row.version + 1} | dict(changes or {})
    note(connection, row, action, actor=actor, now=now, after=after, reason=reason, detail=detail)
    row = change(connection, row, moved)
    if row.mobile and row.number and action in _NOTICES:
        event = f"{row.number}/{row.version}/{action}"
        notices.enqueue(connection, _NOTICES[action], event=event, to=row.mobile, now=now, number=row.number)
    return row


def _stay(row: Row[Any], after: State, office: OfficeContext, now: int) -> dict[str, Any]:
    """Return what changes with the state: since when, until when, and when it was decided."""
    if after == row.state:
        return {}
    until = due_at(office, row.service, after, now)
    values: dict[str, Any] = {"state": str(after), "since": now, "due_at": until, "escalated": False}
    if after in _DECIDED and row.decided_at is None:
        values["decided_at"] = now
    elif after not in (*_DECIDED, State.ISSUED):
        values["decided_at"] = None  # decided again after an objection or a second look
    return values


def due_at(office: OfficeContext, service: str, state: State, now: int) -> int | None:
    """Return when the deadline of a state entered at `now` has passed: the end of its last Cairo day, by the days off known now."""
    deadline = office.service(service).deadlines.get(state)
    return None if deadline is None else days.exp_of(deadlines.due(deadline, days.day_of(now), office.services.calendar))


def note(
    connection: Connection,
    row: Row[Any],
    action: str,
    *,
    actor: Actor,
    now: int,
    after: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one line of an application's history; without `after`, the state stays."""
    connection.execute(
        events.insert().values(
            application_id=row.id,
            at=now,
            action=action,
            from_state=row.state,
            to_state=str(after or row.state),
            actor=actor.key,
            actor_name=actor.name[:120],
            reason=reason,
            detail=json.dumps(detail or {}, ensure_ascii=False),
        )
    )


def unchanged(row: Row[Any], version: int | None) -> None:
    """Return if the row is at `version`, or nobody asked. Raises ApplicationError `changed_meanwhile`."""
    if version is not None and row.version != version:
        raise ApplicationError("changed_meanwhile")
