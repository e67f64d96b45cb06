"""The states of an application, and who may lead it from one to the next. The machines themselves are data (services.yaml)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from .errors import MoveError

#: The first thing done to an application: somebody makes its draft. `Action.apart_from` may name it.
ENTER = "enter"
#: Somebody else typed into it or attached a document. Whoever is kept apart from ENTER is kept apart from this.
EDIT = "edit"
#: Money for it was taken over the counter. `Action.apart_from` may name it.
TAKE_PAYMENT = "take_payment"
REASON_MAX = 500


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    AWAITING_PAYMENT = "awaiting_payment"
    UNDER_REVIEW = "under_review"
    RETURNED = "returned"
    INSPECTION_REQUESTED = "inspection_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    OBJECTION = "objection"


class Role(StrEnum):
    """Who acts: the applicant, one of the staff's roles, or the program itself (a payment settled, a deadline passed)."""

    CITIZEN = "citizen"
    CLERK = "clerk"
    REVIEWER = "reviewer"
    CASHIER = "cashier"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Action(NamedTuple):
    """One kind of step. `after` None leads back to the state that stood before this one (a dismissed objection).

    `apart_from` names actions: who did one of them on the same application may not do this one.
    """

    code: str
    name: Mapping[str, str]
    before: frozenset[State]
    after: State | None
    roles: frozenset[Role]
    apart_from: frozenset[str]
    reason: bool  # whether a reason must be given


class Machine(NamedTuple):
    """The actions an application of one kind knows, by code. It begins in `draft`."""

    code: str
    actions: Mapping[str, Action]


class Done(NamedTuple):
    """One thing that was done to an application, and by whom (an id that no two persons share)."""

    action: str
    person: str


def transition(machine: Machine, state: State, action: str, *, came_from: State | None = None) -> State:
    """Return the state that `action` leads to from `state`, whoever does it. Raises MoveError `move_not_allowed`.

    `came_from` is the state before `state`; only an action that leads back needs it.
    """
    step = machine.actions.get(action)
    if step is None or state not in step.before:
        raise MoveError("move_not_allowed", f"{action}, {state}")
    after = came_from if step.after is None else step.after
    if after is None:
        raise MoveError("move_not_allowed", f"{action}, {state}")
    return after


def move(
    machine: Machine,
    state: State,
    action: str,
    *,
    person: str,
    roles: Collection[str],
    done: Collection[Done],
    reason: str = "",
    came_from: State | None = None,
) -> State:
    """Return the state after `person`, who holds `roles` at the application's authority, does `action`.

    `done` is the whole history so far. Raises MoveError `move_not_allowed`, `role_not_allowed`, `same_person` (what this person entered
    another must approve) or `reason_missing`, the first that applies.
    """
    after = transition(machine, state, action, came_from=came_from)
    step = machine.actions[action]
    if not step.roles.intersection(roles):
        raise MoveError("role_not_allowed", action)
    if not apart(step, person, done):
        raise MoveError("same_person", action)
    if step.reason and not 0 < len(reason.strip()) <= REASON_MAX:
        raise MoveError("reason_missing", action)
    return after


def choices(machine: Machine, state: State, *, person: str, roles: Collection[str], done: Collection[Done]) -> tuple[Action, ...]:
    """Return what `person` may do now, in the order of the file: the buttons of a page."""
    return tuple(
        step for step in machine.actions.values() if state in step.before and step.roles.intersection(roles) and apart(step, person, done)
    )


def final(machine: Machine, state: State) -> bool:
    """Return whether nothing leads on from `state`."""
    return not any(state in step.before for step in machine.actions.values())


def apart(step: Action, person: str, done: Collection[Done]) -> bool:
    """Say whether `person` did nothing on the application that keeps them from this step."""
    # The program is nobody: silence may approve what a citizen entered, and a settled payment leads on.
    if person == Role.SYSTEM:
        return True
    apart_from = step.apart_from | {EDIT} if ENTER in step.apart_from else step.apart_from
    return not any(each.person == person and each.action in apart_from for each in done)
