"""Whose things somebody sees: those of the authorities they supervise, and no other's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.roles import EVERYWHERE, Account, Role
from inspections.visits.asked import Scope
from inspections.web.context import InspectionsContext
from seal.area import Area
from seal.trust import Name

SUPERVISES: tuple[Role, ...] = ("supervisor",)


def of(account: Account) -> Scope:
    """Return the authorities that somebody supervises, None for all."""
    mine = account.where(*SUPERVISES)
    return None if EVERYWHERE in mine else mine


def chosen(account: Account, authority: str) -> Scope:
    """Return the authorities to show: the one asked for if it is theirs, else all of theirs. Another's is nobody's: nothing is found."""
    return among(of(account), authority)


def among(mine: Scope, authority: str) -> Scope:
    """Return the one authority asked for if it is among these, else all of these."""
    if not authority:
        return mine
    return frozenset({authority} if mine is None or authority in mine else ())


def names(context: InspectionsContext) -> Mapping[str, Name]:
    """Return the names of all authorities by code, as the trust list says them; none as long as there is no trust list."""
    loaded = context.lists.current().loaded
    return {key.authority: key.name for key in loaded.trust.keys.values() if "license" in key.roles} if loaded else {}


def types(context: InspectionsContext) -> Mapping[str, Name]:
    """Return the names of license types by code."""
    loaded = context.lists.current().loaded
    return loaded.trust.types if loaded else {}


def areas(context: InspectionsContext) -> Mapping[str, Area]:
    """Return the areas of the authorities by code."""
    loaded = context.lists.current().loaded
    return {key.authority: key.area for key in loaded.trust.keys.values() if key.area is not None} if loaded else {}


def offered(context: InspectionsContext, account: Account) -> Sequence[str]:
    """Return the codes of the authorities that somebody may choose among."""
    mine = of(account)
    return sorted(names(context)) if mine is None else sorted(mine)
