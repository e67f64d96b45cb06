"""Who may see which application. Deny by default: whatever no rule here allows is answered as if it were not there.

    citizen   what they own; what was entered at the centre and submitted, whoever proved the mobile that it names, to read and to pay
    staff     of the application's authority, as clerk, reviewer, cashier or manager; an administrator sees accounts, not applications
    a draft   its owner or who entered it; of the centre's drafts also the authority's clerks, for a colleague may be ill tomorrow
    system    everything: the office's own jobs
What somebody may *do* with what they see, the machine of the service says (office.services.state_machine).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, false, or_

from office.services.state_machine import Role, State

from .actors import EVERYWHERE, Actor
from .application import Application
from .tables import applications

#: Roles that work on applications.
DESK = ("clerk", "reviewer", "cashier", "manager")


def may_see(actor: Actor, application: Application) -> bool:
    """Say whether `actor` may see this application or draft."""
    if actor.kind == "system":
        return True
    if actor.kind == "citizen":
        if application.state == State.DRAFT:
            return bool(actor.id) and application.owner == actor.id and application.entered_by == actor.key
        return _owns(actor, application) or (bool(actor.mobile) and application.owner == "" and application.mobile == actor.mobile)
    if application.state == State.DRAFT:
        return application.entered_by == actor.key or (application.channel == "centre" and actor.has(application.authority, "clerk"))
    return actor.has(application.authority, *DESK)


def may_change(actor: Actor, application: Application) -> bool:
    """Say whether `actor`, who may see it, may also have a hand in it. A mobile that somebody typed at the centre shows, and no more."""
    return actor.kind != "citizen" or _owns(actor, application)


def _owns(actor: Actor, application: Application) -> bool:
    return bool(actor.id) and application.owner == actor.id


def own_submitted(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for the submitted applications that a citizen may see."""
    table = applications.c
    if actor.kind != "citizen" or not actor.id:
        return false()
    named = and_(table.owner == "", table.mobile == actor.mobile) if actor.mobile else false()
    return and_(or_(table.owner == actor.id, named), table.number.is_not(None))


def roles(actor: Actor, authority: str) -> frozenset[str]:
    """Return the roles in which `actor` acts on an application of `authority` that they may see."""
    if actor.kind == "citizen":
        return frozenset({Role.CITIZEN})
    if actor.kind == "system":
        return frozenset({Role.SYSTEM})
    return actor.roles.get(authority, frozenset()) | actor.roles.get(EVERYWHERE, frozenset())


def desk_authorities(actor: Actor, known: Collection[str], chosen: str | None = None) -> tuple[str, ...]:
    """Return the authorities whose submitted applications `actor` may list, or `chosen` alone if it is one of them."""
    allowed = tuple(sorted(known)) if actor.kind == "system" else actor.authorities(known, *DESK)
    return allowed if chosen is None else tuple(code for code in allowed if code == chosen)


def own_drafts(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for drafts that `actor` may go on with."""
    table = applications.c
    if actor.kind == "citizen":
        return and_(table.owner == actor.id, table.entered_by == actor.key) if actor.id else false()
    if actor.kind == "system":
        return false()
    clerks = [code for code, held in actor.roles.items() if "clerk" in held]
    colleagues = table.authority != "" if EVERYWHERE in clerks else table.authority.in_(clerks)
    return or_(table.entered_by == actor.key, and_(table.channel == "centre", colleagues))
