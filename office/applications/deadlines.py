"""What happens when a state's deadline passes: the program acts, a manager is told, or nothing more can be done. Run it often."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Engine, select, update

from issuer.errors import IssuerError
from office.services.deadlines import ESCALATE, SHUT
from office.services.state_machine import State
from storage.database import reading
from storage.errors import UnreadableError

from . import billing, drafts, records, workflow
from .actors import SYSTEM
from .application import Application
from .context import OfficeContext, UnitOfWork
from .paperwork import papers
from .tables import applications

_REASON = "deadline"


def run(engine: Engine, office: OfficeContext, *, now: int, limit: int = 1_000) -> Counter[str]:
    """Do what passed deadlines ask for, each in a transaction of its own. Return how often what was done, by action.

    A draft that nobody touched is forgotten with all it held. What the program may not do (approve by silence what is unpaid) goes to the
    manager instead.
    """
    table = applications.c
    query = select(table.key).where(table.escalated.is_(False), table.due_at <= now).order_by(table.due_at).limit(limit)
    with reading(engine) as connection:
        keys = connection.scalars(query).all()
    outcomes = Counter[str]()
    for key in keys:
        try:
            with engine.begin() as connection:
                outcomes[_pass(UnitOfWork(connection, office, SYSTEM, now), key)] += 1
        except (IssuerError, UnreadableError) as error:  # one that nobody can read any more holds nobody up
            outcomes[error.code] += 1
            with engine.begin() as connection:
                connection.execute(update(applications).where(table.key == key).values(escalated=True, version=table.version + 1))
    return outcomes


def _pass(unit: UnitOfWork, key: str) -> str:
    number = unit.connection.scalar(select(applications.c.number).where(applications.c.key == key))
    application = records.locked(unit, number or key)
    if application.due_at is None or application.due_at > unit.now or application.escalated:
        return "none"  # somebody was faster
    if application.state == State.DRAFT:
        drafts.forget(unit.connection, application)
        return "forgotten"
    deadline = unit.office.service(application.service).deadlines.get(application.state)
    action = deadline.then if deadline else SHUT
    if action == SHUT:
        records.change(unit.connection, application, {"due_at": None})
        return SHUT
    if action != ESCALATE and _acted(unit, application, action):
        return action
    unit.connection.execute(
        update(applications).where(applications.c.id == application.id).values(escalated=True, version=application.version + 1)
    )
    records.note(unit, application, ESCALATE, reason=_REASON)
    return ESCALATE


def _acted(unit: UnitOfWork, application: Application, action: str) -> bool:
    """Do an action for a deadline, and say whether it could be done."""
    try:
        with unit.connection.begin_nested():
            if action == "approve" and unit.office.approvals is not None:
                return False  # silence signs nothing
            if action == "approve":
                workflow.refuse_unsettled(unit.connection, unit.office, application)
                papers.refuse_unfit(unit.connection, unit.office, application)
            changes = {"approved_by": SYSTEM.key} if action == "approve" else {}
            moved = records.move(unit, application, action, reason=_REASON, changes=changes)
            if moved.state == State.WITHDRAWN:
                billing.cancel(unit.connection, moved, now=unit.now)
    except IssuerError:
        return False
    return True
