"""Applications: found for somebody who may see them, and moved from state to state with who, when and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Select, select, update

from issuer.intake.texts import figures, skeleton
from office import spelling
from office.messages import notices
from office.payments import bills as billing
from office.payments.bills import Bill
from office.payments.tables import bills
from office.services import deadlines, state_machine
from office.services.errors import MoveError
from office.services.state_machine import Done, State
from seal import days
from storage.asked import VALUE, by

from . import access
from .actors import Actor
from .application import NOBODY, Application, of
from .context import OfficeContext, UnitOfWork
from .errors import ApplicationError
from .tables import application_events as events
from .tables import applications

#: What the applicant is told of, by action.
_NOTICES = {"submit": "application_received", "return": "returned", "reject": "rejected", "approve": "approved"}
_NOTICES |= dict.fromkeys(("uphold", "dismiss"), "objection_decided")
#: A text without what no database keeps.
storable = spelling.storable
_NAME = re.compile(r"[0-9A-Za-z-]{1,40}").fullmatch
_DECIDED = (State.APPROVED, State.REJECTED, State.WITHDRAWN)
_NOTE = events.insert()  # built once, as in storage/asked.py
#: What was read by who only looks, for as long as their connection is open: one page. Whether somebody may see it is asked each time.
_LOOKED: WeakKeyDictionary[Connection, dict[tuple[str, str | int], Any]] = WeakKeyDictionary()
_T = TypeVar("_T")


class Notice(NamedTuple):
    """A kind of message to the applicant, and the documents that it names."""

    kind: str
    documents: str = ""


class Event(NamedTuple):
    """One step of an application's history. `actor` is `kind:id`; a citizen reads `office` for everybody who works there."""

    at: int
    action: str
    from_state: str
    to_state: str
    actor: str
    actor_name: str
    reason: str
    detail: Mapping[str, Any]


class _Step(NamedTuple):
    """What somebody did, and between which states."""

    action: str
    actor: str
    from_state: str
    to_state: str


def find(connection: Connection, name: str, *, actor: Actor, lock: bool = False) -> Application:
    """Return an application by its number, or a draft by its key, if `actor` may see it. `lock` makes others who write wait,
    and finds only what the actor may change.

    Raises ApplicationError `application_unknown`: for what is not there, and for what is not theirs.
    """
    text = figures(name[:80])
    if not _NAME(text):
        raise ApplicationError("application_unknown")
    application = _locked_row(connection, text) if lock else _row(connection, text)
    if application is None or not access.may_see(actor, application) or (lock and not access.may_change(actor, application)):
        raise ApplicationError("application_unknown")
    return application


def _query(name: str) -> Select[Any]:
    return select(applications).where(applications.c.number == name.upper() if _numbered(name) else applications.c.key == name)


def _numbered(name: str) -> bool:
    return name[:4].upper() == "APP-"


def _locked_row(connection: Connection, name: str) -> Application | None:
    if _numbered(name):  # always the bills before their application, as payments do: nobody waits in a circle
        connection.execute(select(bills.c.id).where(bills.c.subject == name.upper()).order_by(bills.c.id).with_for_update())
    row = connection.execute(_query(name).with_for_update()).first()
    return of(row) if row is not None else None


def _row(connection: Connection, name: str) -> Application | None:
    """Return an application as it is."""
    return once(connection, ("application", name), lambda: _read(connection, name))


def looks(connection: Connection) -> bool:
    """Say whether a connection is one of who only looks."""
    return bool(connection.get_execution_options().get("reading", False))


def bills_of(connection: Connection, number: str) -> tuple[Bill, ...]:
    """Return the bills of an application, oldest first. Raises IssuerError `bill_corrupt`. The caller has checked who asks."""
    return once(connection, ("bills", number), lambda: billing.of_subject(connection, number))


def bill_ids(connection: Connection, number: str) -> tuple[int, ...]:
    """Return the ids of an application's bills, oldest first. A page has read the bills themselves."""
    return tuple(each.id for each in bills_of(connection, number)) if looks(connection) else billing.ids_of_subject(connection, number)


def once(connection: Connection, about: tuple[str, str | int], read: Callable[[], _T]) -> _T:
    """Return what `read` reads; who only looks reads it once: a page asks for the same in several of its parts."""
    if not looks(connection):
        return read()
    known = _LOOKED.setdefault(connection, {})
    if about not in known:
        known[about] = read()
    found: _T = known[about]
    return found


def _read(connection: Connection, name: str) -> Application | None:
    column, value = ("number", name.upper()) if _numbered(name) else ("key", name)
    row = connection.execute(by(applications, column), {VALUE: value}).first()
    return of(row) if row is not None else None


def locked(unit: UnitOfWork, name: str) -> Application:
    """Return an application or a draft as `find` does, locked until the unit of work ends: whoever else would change it waits."""
    return find(unit.connection, name, actor=unit.actor, lock=True)


def change(connection: Connection, application: Application, values: Mapping[str, Any]) -> Application:
    """Change an application, which is locked, and return it as it is now in this transaction."""
    changed = update(applications).where(applications.c.id == application.id).values(values)
    return of(connection.execute(changed.returning(*applications.c)).one())


def done(connection: Connection, application: Application, *, actor: Actor) -> tuple[Done, ...]:
    """Return who did what to an application, oldest first.

    A member of the staff of the holder's own name counts as who entered it: as a citizen they may have, and nothing else here would tell.
    """
    return _done(_steps(connection, application), application, actor)


def history(connection: Connection, application_id: int) -> tuple[Event, ...]:
    """Return the history of an application, oldest first. The caller has checked who asks."""

    def read() -> tuple[Event, ...]:
        return tuple(Event(*row) for row in connection.execute(by(events, "application_id", *Event._fields), {VALUE: application_id}))

    return once(connection, ("history", application_id), read)


def _steps(connection: Connection, application: Application) -> Sequence[_Step | Event]:
    """Return the steps of an application, oldest first: who did what, and between which states. Who looks sees the history too."""
    if looks(connection):
        return history(connection, application.id)
    rows = connection.execute(by(events, "application_id", *_Step._fields), {VALUE: application.id})
    return tuple(_Step(*row) for row in rows)


def _done(steps: Sequence[_Step | Event], application: Application, actor: Actor) -> tuple[Done, ...]:
    found = tuple(Done(step.action, step.actor) for step in steps)
    namesake = actor.kind == "staff" and bool(application.holder) and skeleton(actor.name) == skeleton(application.holder)
    return (*found, Done(state_machine.ENTER, actor.key)) if namesake else found


def _came_from(steps: Sequence[_Step | Event], state: str) -> State | None:
    """Return the state that stood before the present one."""
    before = (step.from_state for step in reversed(steps) if step.to_state == state != step.from_state)
    return next(map(State, before), None)


def edited(unit: UnitOfWork, application: Application) -> None:
    """Note, once, that somebody else than who began it has a hand in what an application says."""
    hands = select(events.c.id).where(
        events.c.application_id == application.id,
        events.c.actor == unit.actor.key,
        events.c.action.in_((state_machine.ENTER, state_machine.EDIT)),
    )
    if unit.connection.scalar(hands.limit(1)) is None:
        note(unit, application, state_machine.EDIT)


def person(actor: Actor) -> str:
    """Return the actor's name in the machine, where the program is nobody's person."""
    return state_machine.Role.SYSTEM if actor.kind == "system" else actor.key


def move(
    unit: UnitOfWork,
    application: Application,
    action: str,
    *,
    reason: str = "",
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
    notice: Notice | None = None,
) -> Application:
    """Lead an application, which is locked, on by `action`, note who, when and why, and tell the applicant. Return it as it is now.

    `notice` is what the applicant is told instead of what the action always tells.

    Raises ApplicationError `changed_meanwhile` if it is no longer at `version`; what office.services.state_machine.move raises.
    """
    reason = " ".join(storable(reason).split())
    # where it goes, not where a draft said
    authority = (changes or {}).get("authority", application.authority)
    after = refuse(unit, application, action, reason=reason, version=version, authority=authority)
    moved = _stay(application, after, unit) | {"version": application.version + 1} | dict(changes or {})
    note(unit, application, action, after=after, reason=reason, detail=detail)
    application = change(unit.connection, application, moved)
    if application.mobile and application.number and action in _NOTICES:
        kind, documents = notice or Notice(_NOTICES[action])
        event = f"{application.number}/{application.version}/{action}"
        number, to = application.number, application.mobile
        notices.enqueue(unit.connection, kind, event=event, to=to, now=unit.now, number=number, documents=documents)
    return application


def refuse(
    unit: UnitOfWork, application: Application, action: str, *, reason: str = "", version: int | None = None, authority: str | None = None
) -> State:
    """Return the state that `action` would lead to, if the actor may take it now. Raises as `move` does, and changes nothing."""
    service = unit.office.service(application.service)
    unchanged(application, version)
    if deadlines.shut(service.deadlines.get(application.state), application.due_at, unit.now):
        raise MoveError("move_not_allowed", f"{action}, too late")
    steps = _steps(unit.connection, application)
    return state_machine.move(
        service.machine,
        application.state,
        action,
        person=person(unit.actor),
        roles=access.roles(unit.actor, application.authority if authority is None else authority),
        done=_done(steps, application, unit.actor),
        reason=reason,
        came_from=_came_from(steps, application.state),
    )


def _stay(application: Application, after: State, unit: UnitOfWork) -> dict[str, Any]:
    """Return what changes with the state: since when, until when, and when it was decided."""
    if after == application.state:
        return {}
    until = due_at(unit.office, application.service, after, unit.now)
    values: dict[str, Any] = {"state": str(after), "since": unit.now, "due_at": until, "escalated": False, "assigned": NOBODY}
    if after in _DECIDED and application.decided_at is None:
        values["decided_at"] = unit.now
    elif after not in (*_DECIDED, State.ISSUED):
        values["decided_at"] = None  # decided again after an objection or a second look
    return values


def due_at(office: OfficeContext, service: str, state: State, now: int) -> int | None:
    """Return when the deadline of a state entered at `now` has passed: the end of its last Cairo day, by the days off known now."""
    deadline = office.service(service).deadlines.get(state)
    return None if deadline is None else days.exp_of(deadlines.due(deadline, days.day_of(now), office.services.calendar))


def note(
    unit: UnitOfWork, application: Application, action: str, *, after: str = "", reason: str = "", detail: Mapping[str, Any] | None = None
) -> None:
    """Write one line of an application's history; without `after`, the state stays."""
    line = {
        "application_id": application.id,
        "at": unit.now,
        "action": action,
        "from_state": str(application.state),
        "to_state": str(after or application.state),
        "actor": unit.actor.key,
        "actor_name": unit.actor.name[:120],
        "reason": reason,
        "detail": detail or {},
    }
    unit.connection.execute(_NOTE, line)


def unchanged(application: Application, version: int | None) -> None:
    """Return if the application is at `version`, or nobody asked. Raises ApplicationError `changed_meanwhile`."""
    if version is not None and application.version != version:
        raise ApplicationError("changed_meanwhile")
