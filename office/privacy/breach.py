"""What an account or a phone in wrong hands read, changed and took away between two moments, and whose data that was.

It counts what was written down: looks, reads, lists, acts, look-ups, inspections. What a thief saw on lists of the screen nobody wrote
down: `within_reach` says how many cases the account could have opened. "Not looked at" is said where a database was not given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, func, select

from accounts import directory
from accounts.errors import AccountError
from accounts.roles import Role
from acts import bodies
from acts.bodies import Batch, Change
from acts.tables import acts
from inspections.devices.tables import device_sign_ins, devices
from inspections.planning.tables import plan_stops, plans
from inspections.visits.tables import inspections as visits
from issuer.register.tables import licenses
from office.applications.tables import applications
from office.database import GUARDED
from office.payments.tables import bills
from seal import days

from . import seeing
from .errors import PrivacyError
from .seeing import Seen, Sought

_KID = re.compile(r"[0-9a-f]{32}")

_DESK: tuple[Role, ...] = ("clerk", "reviewer", "cashier", "manager")
_AT_ONCE = 400


@dataclass
class Breach:
    """What was found. `cases` and `licenses` are numbers; `acts` counts by what was done, `changed` rows by table.

    `missing` has codes of what was not looked at; `within_reach` is None where no account of the office is in question.
    """

    account: str
    device: int
    since: int
    until: int
    seen: list[Seen] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    cases: set[str] = field(default_factory=set)
    licenses: set[str] = field(default_factory=set)
    inspections: int = 0
    stops: int = 0
    within_reach: int | None = None
    missing: list[str] = field(default_factory=list)

    @property
    def read(self) -> Counter[str]:
        """How many looks there were of each kind."""
        return Counter(f"{each.source}_{each.what}" for each in self.seen)

    @property
    def taken(self) -> list[Seen]:
        """The lists and copies that were taken away."""
        return [each for each in self.seen if each.what in ("list", "copy")]


@dataclass(frozen=True)
class Person:
    """Somebody to be told: by a case, the holder's name and the mobile, as they stand there."""

    case: str
    name: str
    mobile: str


def find(office: Connection, inspections: Connection | None, *, account: str, device: int, between: tuple[int, int]) -> Breach:
    """Return what was read, changed and taken away. Raises PrivacyError `breach_nobody`, `breach_times`."""
    since, until = between
    if not since < until:
        raise PrivacyError("breach_times")
    found = Breach(account, device, since, until)
    known = _of_account(office, found) if account else False
    if inspections is None:
        found.missing.append("breach_without_inspections")
    else:
        known = _of_inspections(inspections, found) or known
    if not known:
        raise PrivacyError("breach_nobody")
    if account:
        sought = Sought(account=account, between=between)
        found.seen = seeing.seen(office, inspections, sought)
    for each in found.seen:
        (found.cases if each.case.startswith("APP-") else found.licenses).update({each.case} - {""} if _numbered(each) else ())
    return found


def _numbered(each: Seen) -> bool:
    return each.case.startswith("APP-") or each.what in ("number", "code")


def _of_account(connection: Connection, found: Breach) -> bool:
    try:
        account = directory.find(connection, found.account)
    except AccountError:
        return False
    where = account.where(*_DESK)
    table = applications.c
    reach = select(func.count()).select_from(applications).where(table.number.is_not(None))
    found.within_reach = connection.scalar(reach if "*" in where else reach.where(table.authority.in_(sorted(where)))) or 0
    query = select(acts.c.kind, acts.c.body).where(
        acts.c.actor == f"account:{account.name}", acts.c.at >= found.since, acts.c.at < found.until
    )
    touched: dict[str, set[Any]] = {}
    for row in connection.execute(query.order_by(acts.c.id)):
        found.acts[row.kind] += 1
        for each in bodies.read(bytes(row.body)).rows:
            if isinstance(each, Change | Batch):
                keys: list[tuple[Any, ...]] = [(key,) for key in each.keys] if isinstance(each, Batch) else [each.key]
                found.changed[each.table] += len(keys)
                touched.setdefault(each.table, set()).update(keys)
    for name, held in touched.items():
        _concerns(connection, name, held, found)
    return True


def _concerns(connection: Connection, name: str, keys: Iterable[tuple[Any, ...]], found: Breach) -> None:
    """Note which cases and licenses some rows of a table are about, by what they refer to."""
    table = next((each.table for each in GUARDED if each.table.name == name), None)
    if table is None:
        return
    first, held = next(iter(table.primary_key.columns)), sorted({key[0] for key in keys}, key=str)
    for start in range(0, len(held), _AT_ONCE):
        some = first.in_(held[start : start + _AT_ONCE])
        if table is applications or (reference := _refers(table, applications)) is not None:
            query = select(applications.c.number)
            query = query.where(some) if table is applications else query.join(table, reference == applications.c.id).where(some)
            found.cases.update(number for number in connection.scalars(query) if number)
        if table is licenses or (reference := _refers(table, licenses)) is not None:
            query = select(licenses.c.number)
            query = query.where(some) if table is licenses else query.join(table, reference == licenses.c.id).where(some)
            found.licenses.update(connection.scalars(query))
        if (reference := _refers(table, bills)) is not None:
            found.cases.update(connection.scalars(select(bills.c.subject).join(table, reference == bills.c.id).where(some)))


def _refers(table: Table, to: Table) -> Any:
    return next((each.parent for each in table.foreign_keys if each.column.table is to), None)


def phone(inspections: Connection | None, kid: str) -> int:
    """Return the number of a phone by the name of its key (32 hexadecimal digits). Raises PrivacyError `breach_nobody`."""
    if inspections is None or not _KID.fullmatch(kid.strip()):
        raise PrivacyError("breach_nobody", kid.strip()[:40])
    found = inspections.scalar(select(devices.c.id).where(devices.c.kid == bytes.fromhex(kid.strip())))
    if found is None:
        raise PrivacyError("breach_nobody", kid.strip())
    return int(found)


def _of_inspections(connection: Connection, found: Breach) -> bool:
    """Count what a phone, or whoever was signed in, recorded and had on their lists; return whether either is known there."""
    known, wheres = False, []
    if found.device:
        known = connection.scalar(select(devices.c.id).where(devices.c.id == found.device)) is not None
        wheres.append(visits.c.device_id == found.device)
        held = select(device_sign_ins.c.account_id).where(device_sign_ins.c.device_id == found.device)
        people = set(connection.scalars(held.where(device_sign_ins.c.begun_at < found.until, device_sign_ins.c.until > found.since)))
    else:
        people = set()
    if found.account:
        try:
            people.add(directory.find(connection, found.account).id)
            known = True
        except AccountError:
            pass
        wheres.append(visits.c.officer == found.account)
    within = visits.c.arrived_at >= found.since, visits.c.arrived_at < found.until
    for where in wheres:
        rows = connection.execute(select(visits.c.number).where(where, *within)).all()
        found.inspections += len(rows)
        found.licenses.update(row.number for row in rows if row.number)
    days_ = plans.c.day >= days.day_of(found.since), plans.c.day <= days.day_of(found.until)
    stops = select(plan_stops.c.number).join(plans, plans.c.id == plan_stops.c.plan_id).where(plans.c.account_id.in_(people), *days_)
    on_lists = list(connection.scalars(stops))
    found.stops = len(on_lists)
    found.licenses.update(on_lists)
    return known


def people(connection: Connection, found: Breach) -> list[Person]:
    """Return whom to tell: of the cases that were touched, and of those that led to the licenses. One line for a name and a mobile."""
    table, told = applications.c, dict[tuple[str, str], Person]()
    for numbers, column in ((found.cases, table.number), (found.licenses, table.issued)):
        held = sorted(numbers)
        for start in range(0, len(held), _AT_ONCE):
            query = select(table.number, table.holder, table.mobile).where(column.in_(held[start : start + _AT_ONCE]), table.holder != "")
            for row in connection.execute(query.order_by(table.id)):
                told.setdefault((row.holder, row.mobile), Person(row.number, row.holder, row.mobile))
    return list(told.values())
