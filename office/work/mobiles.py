"""Correcting the mobile of a case: a wrong digit sends a stranger what is somebody else's, and a clerk might send it to himself.

So the old number is told, the old one stays in the history (masked), and where anybody could lose something by it, a second person of the
authority decides: where a citizen's account has the case, where somebody proved the old number, and where a license came of it, for then it
is this number that is warned when the license is to change. A citizen's account is not touched at all: its mobile is its own.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from accounts import contacts
from office import mobiles
from office.applications import records, wording
from office.applications.actors import Actor
from office.applications.application import Application
from office.applications.context import UnitOfWork
from office.citizens import codes
from office.messages import notices
from office.services.state_machine import State
from storage.asked import VALUE, by

from .errors import WorkError
from .tables import changes

REASON_MAX = 300
MOST, DAY_SECONDS = 3, 86_400  # asked for, of one case within a day
CORRECTED = "mobile_corrected"  # of the case's history
_DECIDES = ("reviewer", "manager")
_t = changes.c


class Change(NamedTuple):
    """A correction: `old` and `new` are masked. `state` is waiting, applied or refused."""

    id: int
    at: int
    actor: str
    actor_name: str
    old: str
    new: str
    reason: str
    state: str
    decided_at: int | None
    decided_by: str | None


def may_correct(actor: Actor, application: Application) -> bool:
    """Say whether somebody may correct the mobile of a case."""
    return actor.has(application.authority, "clerk") and application.state not in (State.DRAFT, State.WITHDRAWN)


def may_decide(actor: Actor, application: Application, change: Change) -> bool:
    """Say whether somebody may decide on a correction that waits: never whoever asked for it."""
    return change.state == "waiting" and actor.has(application.authority, *_DECIDES) and actor.key != change.actor


def of_case(connection: Connection, application_id: int) -> tuple[Change, ...]:
    """Return the corrections of a case, oldest first."""
    found = (Change(*tuple(row)) for row in connection.execute(by(changes, "application_id", *Change._fields), {VALUE: application_id}))
    return tuple(each._replace(new=mobiles.masked(each.new) if mobiles.is_e164(each.new) else each.new) for each in found)


def correct(unit: UnitOfWork, number: str, typed: str, *, reason: str, version: int | None = None) -> str:
    """Correct the mobile of a case, or ask for it; return `applied` or `waiting`.

    Raises WorkError `look_not_yours`, `mobile_same`, `mobile_staff` (it is a colleague's), `mobile_waiting`, `mobile_often`; MoveError
    as a reason that is missing; IssuerError `mobile_invalid`; ApplicationError `changed_meanwhile`.
    """
    application = records.locked(unit, number)
    records.unchanged(application, version)
    if not may_correct(unit.actor, application):
        raise WorkError("look_not_yours")
    new = mobiles.parse(typed)
    why = " ".join(records.storable(reason).split())
    if not 0 < len(why) <= REASON_MAX:
        raise WorkError("reason_missing")
    if new == application.mobile:
        raise WorkError("mobile_same")
    if contacts.somebody_has(unit.connection, new):
        raise WorkError("mobile_staff")
    _refuse_more(unit, application)
    two = needs_two(unit.connection, application)
    line = {"application_id": application.id, "at": unit.now, "actor": unit.actor.key, "actor_name": unit.actor.name[:120], "reason": why}
    line |= {"old": mobiles.masked(application.mobile), "new": new if two else mobiles.masked(new)}
    line |= {"state": "waiting" if two else "applied"} | ({} if two else {"decided_at": unit.now, "decided_by": unit.actor.key})
    unit.connection.execute(changes.insert().values(line))
    if not two:
        _apply(unit, application, new)
    return str(line["state"])


def decide(unit: UnitOfWork, number: str, id_: int, *, agreed: bool) -> None:
    """Let a correction be, or refuse it. Raises WorkError `mobile_not_waiting`, `look_not_yours` (whoever asked for it does not decide)."""
    application = records.locked(unit, number)
    mine = _t.id == id_, _t.application_id == application.id, _t.state == "waiting"
    row = unit.connection.execute(select(changes).where(*mine).with_for_update()).first()
    if row is None:
        raise WorkError("mobile_not_waiting")
    if not may_decide(unit.actor, application, Change(*(row._mapping[name] for name in Change._fields))):
        raise WorkError("look_not_yours")
    decided = {"state": "applied" if agreed else "refused", "decided_at": unit.now, "decided_by": unit.actor.key}
    unit.connection.execute(update(changes).where(_t.id == id_).values(decided | {"new": mobiles.masked(row.new)}))
    if agreed:
        _apply(unit, application, row.new)


def needs_two(connection: Connection, application: Application) -> bool:
    """Say whether a second person has to decide on another mobile for a case."""
    return bool(application.owner or application.issued or (application.mobile and codes.proved(connection, application.mobile)))


def _refuse_more(unit: UnitOfWork, application: Application) -> None:
    asked = select(func.count()).select_from(changes).where(_t.application_id == application.id)
    if unit.connection.execute(asked.where(_t.state == "waiting")).scalar_one():
        raise WorkError("mobile_waiting")
    if unit.connection.execute(asked.where(_t.at > unit.now - DAY_SECONDS)).scalar_one() >= MOST:
        raise WorkError("mobile_often")


def _apply(unit: UnitOfWork, application: Application, new: str) -> None:
    """Name the new mobile, make the case findable by it, and tell the old one."""
    changed = records.change(unit.connection, application, {"mobile": new, "version": application.version + 1})
    records.note(unit, application, CORRECTED, detail={"old": mobiles.masked(application.mobile), "new": mobiles.masked(new)})
    if changed.license is not None:
        wording.renew(unit.connection, changed)
    if application.mobile:
        event = f"{application.number}/{changed.version}/mobile"
        notices.enqueue(unit.connection, CORRECTED, event=event, to=application.mobile, now=unit.now, number=application.number)
