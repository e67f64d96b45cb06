"""Which new work comes to whom by itself: a table that the managers of an authority keep at the desk. Without a line, nothing does.

A line names an authority, perhaps a type or a service, perhaps a step, and people; without people it is for all who may, evenly. Of the
lines that fit a case the narrowest counts: a service before a type before all, then a step before every step, then the older line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from office.applications.actors import Actor
from office.applications.application import Application
from office.applications.context import OfficeContext, UnitOfWork

from . import people
from .errors import WorkError
from .tables import members, rules

MEMBERS_MAX = 50
_t = rules.c


class Rule(NamedTuple):
    """One line of the table; `people` are accounts, none for all who may."""

    id: int
    authority: str
    service: str
    state: str
    people: frozenset[int]

    def fits(self, application: Application, type_: str) -> bool:
        """Say whether a case is one that the line is about."""
        of = self.authority == application.authority and self.service in ("", type_, application.service)
        return of and self.state in ("", str(application.state))

    @property
    def breadth(self) -> tuple[int, int, int]:
        """Orders lines: the narrowest first."""
        return (0 if "." in self.service else 1 if self.service else 2, 0 if self.state else 1, self.id)


def in_force(connection: Connection, authorities: Collection[str] | None = None) -> tuple[Rule, ...]:
    """Return the lines that count, the narrowest first; of some authorities alone perhaps."""
    query = select(_t.id, _t.authority, _t.service, _t.state).where(_t.removed_at.is_(None))
    query = query if authorities is None else query.where(_t.authority.in_(authorities))
    rows = connection.execute(query.order_by(_t.id)).all()
    named: dict[int, set[int]] = {row.id: set() for row in rows}
    for rule, account in connection.execute(select(members.c.rule_id, members.c.account_id).where(members.c.rule_id.in_(list(named)))):
        named[rule].add(account)
    found = (Rule(row.id, row.authority, row.service, row.state, frozenset(named[row.id])) for row in rows)
    return tuple(sorted(found, key=lambda each: each.breadth))


def of_case(rules_: Iterable[Rule], application: Application, office: OfficeContext) -> Rule | None:
    """Return the line that a case goes by, None if none fits."""
    type_ = office.service(application.service).type
    return next((each for each in rules_ if each.fits(application, type_)), None)


def led(actor: Actor, office: OfficeContext) -> tuple[str, ...]:
    """Return the authorities whose lines an actor keeps."""
    return actor.authorities(office.authorities, "manager")


def add(unit: UnitOfWork, *, authority: str, service: str, state: str, people_: Sequence[int]) -> int:
    """Add a line. Return its id.

    Raises WorkError `assign_manager` for an authority that the actor does not lead, `rule_unknown` for a service, type or step that there
    is not, `rule_there` for a second line for the same, `rule_member` for somebody who has no role there.
    """
    if authority not in led(unit.actor, unit.office):
        raise WorkError("assign_manager")
    services = unit.office.services.services
    if service and service not in services and service not in {each.type for each in services.values()}:
        raise WorkError("rule_unknown")
    if state and state not in people.STEPS:
        raise WorkError("rule_unknown")
    if any((each.service, each.state) == (service, state) for each in in_force(unit.connection, [authority])):
        raise WorkError("rule_there")
    there = {each.id for each in people.staff(unit.connection) if people.actor_of(each).has(authority, "clerk", "reviewer", "manager")}
    if not set(people_) <= there or len(set(people_)) > MEMBERS_MAX:
        raise WorkError("rule_member")
    line = {"authority": authority, "service": service, "state": state, "made_at": unit.now, "made_by": unit.actor.key}
    id_ = int(unit.connection.execute(rules.insert().values(line).returning(_t.id)).scalar_one())
    if people_:
        unit.connection.execute(members.insert(), [{"rule_id": id_, "account_id": each} for each in sorted(set(people_))])
    return id_


def remove(unit: UnitOfWork, id_: int) -> None:
    """Take a line away; what came by it stays where it is. Raises WorkError `rule_unknown`, also for another authority's."""
    mine = _t.id == id_, _t.removed_at.is_(None), _t.authority.in_(led(unit.actor, unit.office))
    if unit.connection.execute(update(rules).where(*mine).values(removed_at=unit.now, removed_by=unit.actor.key)).rowcount == 0:
        raise WorkError("rule_unknown")
