"""What approves a license, for whoever publishes: the application that led to it, looked at again from what the database says now.

It asks for nothing that the worker said: who approved is not who entered it or took the money, what it costs was paid, and what was sealed
is what was approved. Whether these rows are what people and programs wrote, the publisher holds them to the acts for.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, select

from acts.approvals import Terms
from acts.bodies import Key
from acts.errors import ApprovalError
from issuer.guard.approving import Approval, Sought
from issuer.guard.sealed import says
from issuer.register.tables import events as register_events
from issuer.register.tables import seals
from office.licenses.approved import Requested
from office.payments import tables as money
from office.services import catalogue, state_machine
from office.services.errors import FeeError
from office.services.service import Effect, Service, Services
from office.services.state_machine import Done, State
from seal import claims, cose, days
from seal.license import License

from . import application, signing
from .actors import SYSTEM
from .application import Application
from .books import books
from .tables import application_events, application_lines, applications

_SEALS = {0: (Effect.ISSUE, Effect.RENEW)}


class OfficeApprovals:
    """The approvals of the office's applications, by the services of this process's governorate."""

    def __init__(self, signed: Terms | None = None, services: Services | None = None) -> None:
        """`signed`: how decisions have to be signed, None where whoever was signed in decided."""
        self._signed, self._services = signed, services or catalogue.default()
        self._requested = Requested(signed)

    def of(self, connection: Connection, sought: Sought) -> Approval | str:
        """Return what approved a seal. Codes as issuer.guard.approving.Approvals says."""
        found = _application(connection, sought)
        if found is None:
            return self._requested.of(connection, sought)
        service = self._services.services.get(found.service)
        if service is None or service.effect not in _SEALS.get(sought.edition, (Effect.REPLACE,)):
            return "approval_missing"
        steps = _rows(connection, application_events, application_events.c.application_id == found.id)
        wrong = _fault(service, steps) or _unpaid(connection, found)
        if wrong is None and not says(sought.token, found.asked_for, *_before(connection, sought)):
            wrong = "approval_other"
        wrong = wrong or self._unsigned(connection, found, sought)
        return wrong or Approval(found.number, _stands_on(connection, found, steps))

    def _unsigned(self, connection: Connection, found: Application, sought: Sought) -> str | None:
        """Return what is wrong with the signatures under a decision, None if nothing is, or none are asked for."""
        if self._signed is None:
            return None
        office = books()._replace(services=self._services, approvals=self._signed)
        try:
            signing.recheck(connection, office, sought.number, application=found.id)
        except (ApprovalError, FeeError) as error:
            return error.code
        return None


def identity_of(number: str) -> bytes:
    """Return the register's identity of the license that an application leads to: there is one, whoever asks twice."""
    return blake2b(f"application\0{number}".encode(), digest_size=16).digest()


def _application(connection: Connection, sought: Sought) -> Application | None:
    """Return the application that led to a seal: a first one bears its identity, a later one is noted with its number."""
    query = select(applications).where(applications.c.issued == sought.number, applications.c.state == State.ISSUED.value)
    for row in connection.execute(query):
        if not sought.edition and identity_of(row.number) == sought.identity:
            return application.of(row)
        if sought.edition and row.number == _named(connection, sought):
            return application.of(row)
    return None


def _named(connection: Connection, sought: Sought) -> str:
    """Return the application that the register notes for an edition, "" for none."""
    table = register_events.c
    mine = (table.license_id == sought.license_id, table.edition == sought.edition, table.kind == "replaced")
    return (connection.scalar(select(table.reason).where(*mine).order_by(table.id)) or "").partition(" ")[0]


def _before(connection: Connection, sought: Sought) -> list[License]:
    """Return the license as the edition before has it: what an application changes is read over what is there by then."""
    mine = (seals.c.license_id == sought.license_id, seals.c.edition == sought.edition - 1)
    tokens = connection.scalars(select(seals.c.token).where(*mine))
    return [claims.from_bytes(cose.from_bytes(token).payload).license for token in tokens]


def _fault(service: Service, steps: Sequence[Row[Any]]) -> str | None:
    """Return what is wrong with who approved, None if nothing is."""
    place = next((place for place, step in reversed(list(enumerate(steps))) if _approves(step)), None)
    if place is None:
        return "approval_missing"
    step, before = steps[place], steps[:place]
    action = service.machine.actions.get(step.action)
    if action is None or action.after not in (State.APPROVED, None):
        return "approval_missing"
    if step.actor == SYSTEM.key:
        return None if _silent(service, step, before) else "approval_missing"
    done = [Done(each.action, each.actor) for each in before]
    return None if state_machine.apart(action, step.actor, done) else "approval_same_hands"


def _approves(step: Row[Any]) -> bool:
    return bool(step.to_state == State.APPROVED != step.from_state)


def _silent(service: Service, step: Row[Any], before: Sequence[Row[Any]]) -> bool:
    """Say whether the program might approve: by a deadline of the service that had passed. Days off make it later, never sooner."""
    deadline = service.deadlines.get(State(step.from_state))
    entered = next((each.at for each in reversed(before) if each.to_state == step.from_state != each.from_state), None)
    if deadline is None or deadline.then != step.action or entered is None:
        return False
    return (days.day_of(step.at) - days.day_of(entered)).days > deadline.days


def _unpaid(connection: Connection, found: Application) -> str | None:
    """Return what is wrong with the money, None if nothing is."""
    lines = _rows(connection, application_lines, application_lines.c.application_id == found.id)
    paid = _rows(connection, money.bills, (money.bills.c.subject == found.number) & (money.bills.c.state == "paid"))
    table = money.payments.c
    for bill in paid:
        settled = select(table.id).where(table.bill_id == bill.id, table.settles, table.piastres >= bill.piastres)
        if bill.piastres > 0 and connection.scalar(settled) is None:
            return "approval_unpaid"
    owed = sum(line.piastres for line in lines) - sum(bill.piastres for bill in paid)
    return "approval_unpaid" if owed > 0 else None


class _Stands(NamedTuple):
    """Rows of one table that an approval stands on."""

    table: Table
    rows: Sequence[Row[Any]]

    def named(self) -> list[tuple[str, Key]]:
        names = [column.name for column in self.table.primary_key.columns]
        return [(self.table.name, tuple(row._mapping[name] for name in names)) for row in self.rows]


def _stands_on(connection: Connection, found: Application, steps: Sequence[Row[Any]]) -> tuple[tuple[str, Key], ...]:
    bills = _rows(connection, money.bills, money.bills.c.subject == found.number)
    ids = [bill.id for bill in bills]
    stands = (
        _Stands(application_events, steps),
        _Stands(application_lines, _rows(connection, application_lines, application_lines.c.application_id == found.id)),
        _Stands(money.bills, bills),
        _Stands(money.lines, _rows(connection, money.lines, money.lines.c.bill_id.in_(ids))),
        _Stands(money.payments, _rows(connection, money.payments, money.payments.c.bill_id.in_(ids))),
    )
    return ((applications.name, (found.id,)), *(key for each in stands for key in each.named()))


def _rows(connection: Connection, table: Table, where: Any) -> Sequence[Row[Any]]:
    return connection.execute(select(table).where(where).order_by(*table.primary_key.columns)).all()
