"""The people that work is shared among, and which step of which case each may take: what they may take is what they may do, never more."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from accounts import directory
from accounts.roles import Account
from accounts.roles import Role as Role_
from office.applications import access, records
from office.applications.actors import Actor
from office.applications.application import Application
from office.applications.context import OfficeContext
from office.services import state_machine
from office.services.state_machine import Action, Machine, Role, State

from .errors import WorkError

DESK: tuple[Role_, ...] = ("clerk", "reviewer", "cashier", "manager")  # as office.applications.access has them
#: Steps that wait for somebody of the office; in the others the applicant, or the program, is waited for.
STEPS = (State.UNDER_REVIEW, State.INSPECTION_REQUESTED, State.OBJECTION)


def actor_of(account: Account) -> Actor:
    """Return an account as the rules of applications know people."""
    return Actor("staff", str(account.id), account.display, account.roles)


def staff(connection: Connection) -> tuple[Account, ...]:
    """Return everybody who may act with a role of the desk somewhere, by id."""
    found = (each for each in directory.everyone(connection) if not each.closed and each.confirmed and each.has(*DESK))
    return tuple(sorted(found, key=lambda each: each.id))


def of_id(everybody: Iterable[Account], account_id: int) -> Account:
    """Return one of them. Raises WorkError `assign_unknown`."""
    for each in everybody:
        if each.id == account_id:
            return each
    raise WorkError("assign_unknown")


def steps_of(machine: Machine, state: State) -> tuple[Action, ...]:
    """Return what the office alone does in a state: what an applicant may do too, such as withdrawing, is nobody's work here."""
    return tuple(each for each in machine.actions.values() if state in each.before and Role.CITIZEN not in each.roles)


def refusal(connection: Connection, office: OfficeContext, application: Application, account: Account) -> str:
    """Return why somebody may not have a case as it stands, "" if they may. Codes are those of WorkError.

    Whoever is kept apart from any step that would be theirs (they entered it, took its money, were at the site) does not get it at all.
    """
    if application.state not in STEPS:
        return "assign_no_step"
    actor = actor_of(account)
    if not access.may_see(actor, application):
        return "assign_elsewhere"
    held = access.roles(actor, application.authority)
    own = [each for each in steps_of(office.service(application.service).machine, application.state) if each.roles.intersection(held)]
    if not own:
        return "assign_role"
    done = records.done(connection, application, actor=actor)
    return "" if all(state_machine.apart(each, actor.key, done) for each in own) else "assign_own"


def leads(actor: Actor, application: Application) -> bool:
    """Say whether an actor gives out the work of a case's authority."""
    return actor.has(application.authority, "manager")
