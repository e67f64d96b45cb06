"""Dealing out new work by the rules: to whom a line names, or evenly. A round of `khatm office work`; run it often.

Of those who may have a case and are not away, whoever had this step of it before gets it back; else whoever has the least open work, then
whoever got something longest ago, then the older account: so the same rows always give the same answer. A manager gets what nobody else
may have. Each case is dealt in a transaction of its own, with the case locked: two rounds at once deal nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select

from accounts.roles import Account
from issuer.errors import IssuerError
from office.applications import records as cases
from office.applications.actors import SYSTEM
from office.applications.application import NOBODY, Application
from office.applications.context import OfficeContext, UnitOfWork
from office.applications.tables import applications
from office.services.state_machine import State
from seal import days
from storage.database import reading
from storage.errors import UnreadableError

from . import absences, people, records, rules
from .records import Assignment, How
from .rules import Rule
from .tables import assignments

DEALT = "cases dealt out"


class Crew(NamedTuple):
    """Who is there to deal to: everybody by id, who is away with their stand-in, each one's open work, and when they last got some."""

    everybody: Mapping[int, Account]
    away: Mapping[int, int | None]
    open: Counter[int]
    last: dict[int, int]

    def turn(self, person: int) -> tuple[int, int, int]:
        """Order people: who is next comes first."""
        return self.open[person], self.last.get(person, 0), person


class Dealt(NamedTuple):
    """To whom a case goes, and how; `passed` are stand-ins who would have got it and had a hand in it."""

    to: Account | None
    how: How
    passed: tuple[Account, ...]


def run(engine: Engine, office: OfficeContext, now: int, *, limit: int = 500) -> Counter[str]:
    """Deal out what nobody has, at most `limit` cases; return how many. What nobody may have stays, and stands on the board."""
    done = Counter[str]()
    with reading(engine) as connection:
        lines = rules.in_force(connection)
        if not lines:
            return done
        crew = crew_of(connection, days.day_of(now))
        waiting = _waiting(connection, office, lines, crew, limit)
    for number in waiting:
        try:
            with engine.begin() as connection:
                done[DEALT] += deal(UnitOfWork(connection, office, SYSTEM, now), number, lines, crew)
        except (IssuerError, UnreadableError) as error:  # one that nobody can read any more holds nobody up
            done[error.code] += 1
    return +done


def crew_of(connection: Connection, day: date) -> Crew:
    """Return who is there on a day."""
    everybody = {each.id: each for each in people.staff(connection)}
    table = applications.c
    held = select(table.assigned, func.count()).where(table.assigned.in_(list(everybody)), table.state.in_([*map(str, people.STEPS)]))
    open_ = Counter({int(person): int(count) for person, count in connection.execute(held.group_by(table.assigned))})
    last = {}
    for person in everybody:  # a walk to the end of an index each, however long the table has grown
        newest = select(func.max(assignments.c.at)).where(assignments.c.account_id == person)
        last[person] = int(connection.scalar(newest) or 0)
    return Crew(everybody, absences.away(connection, day), open_, last)


def deal(unit: UnitOfWork, number: str, lines: Iterable[Rule], crew: Crew) -> bool:
    """Give one case to whom it goes by the rules. Return whether it went to anybody."""
    application = cases.locked(unit, number)
    line = rules.of_case(lines, application, unit.office)
    if application.assigned != NOBODY or application.state not in people.STEPS or line is None:
        return False  # somebody was faster
    before = records.of_case(unit.connection, application.id)
    dealt = choose(unit, application, line, crew, before)
    if dealt.to is None:
        return False
    for each in dealt.passed:
        records.passed_over(unit, application, each)
    records.assign(unit, application, dealt.to, how=dealt.how, ended="given")
    crew.open[dealt.to.id] += 1
    crew.last[dealt.to.id] = unit.now
    return True


def choose(unit: UnitOfWork, application: Application, line: Rule, crew: Crew, before: Iterable[Assignment]) -> Dealt:
    """Return to whom a case goes that a line is about."""
    told = tuple(before)
    gave_back = {each.account_id for each in told if each.ended_how == "given_back" and each.since == application.since}
    named = [each for each in sorted(line.people or crew.everybody) if each in crew.everybody and each not in gave_back]
    standing = {each: absences.present(crew.away, each) for each in named}
    stand_ins = {here for each, here in standing.items() if here is not None and here != each and here not in gave_back}
    pool = {each for each, here in standing.items() if here == each} | (stand_ins if line.people else set())
    able = _able(unit, application, pool, crew)
    chosen = _next(application, able, crew, told)
    if chosen is not None:
        stood_in = chosen.id in stand_ins and chosen.id not in named
        return Dealt(chosen, "stand_in" if stood_in else "rule" if line.people else "even", ())
    told_of = (crew.everybody[each] for each in sorted(stand_ins) if each in crew.everybody)
    passed = tuple(each for each in told_of if _own_hand(unit, application, each))
    others = {each for each in crew.everybody if each not in crew.away and each not in gave_back}
    fallen = _next(application, _able(unit, application, others, crew), crew, told) if line.people else None
    return Dealt(fallen, "even", passed if fallen else ())


def _own_hand(unit: UnitOfWork, application: Application, person: Account) -> bool:
    return people.refusal(unit.connection, unit.office, application, person) == "assign_own"


def _able(unit: UnitOfWork, application: Application, pool: Iterable[int], crew: Crew) -> list[Account]:
    """Return those of a pool who may have a case; managers only where nobody else may."""
    there = [crew.everybody[each] for each in pool if each in crew.everybody]
    able = [each for each in there if not people.refusal(unit.connection, unit.office, application, each)]
    hands = [each for each in able if people.actor_of(each).has(application.authority, "clerk", "reviewer")]
    return hands or able


def _next(application: Application, able: Iterable[Account], crew: Crew, before: Iterable[Assignment]) -> Account | None:
    """Return who had this step of the case before, else who is next."""
    by_id = {each.id: each for each in able}
    had = [each.account_id for each in before if each.state == application.state and each.ended_how is None and each.account_id in by_id]
    return by_id[had[-1]] if had else min(by_id.values(), key=lambda each: crew.turn(each.id), default=None)


def _waiting(connection: Connection, office: OfficeContext, lines: Iterable[Rule], crew: Crew, limit: int) -> list[str]:
    """Return the numbers of cases that nobody has and a line may be about, those that wait longest first.

    Each step of each authority has its share of `limit`: where nobody may have what waits, no other step stands still.
    """
    table, found = applications.c, list[tuple[int, int, str]]()
    steps = {(line.authority, step) for line in lines for step in people.STEPS if line.state in ("", step)}
    served = [(authority, step) for authority, step in sorted(steps) if _somebody(office, crew, authority, step)]
    for authority, step in served:
        query = select(table.since, table.id, table.number).where(table.assigned == NOBODY, table.authority == authority)
        rows = connection.execute(query.where(table.state == str(step)).order_by(table.since, table.id).limit(max(1, limit // len(served))))
        found += [(since, id_, number) for since, id_, number in rows]
    return [number for _, _, number in sorted(found)]


def _somebody(office: OfficeContext, crew: Crew, authority: str, state: State) -> bool:
    """Say whether anybody has a role that does something in a step."""
    machines = {service.machine.code: service.machine for service in office.services.services.values()}
    roles = {str(role) for machine in machines.values() for step in people.steps_of(machine, state) for role in step.roles}
    return any(people.actor_of(each).has(authority, *roles) for each in crew.everybody.values())
