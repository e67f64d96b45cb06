"""Who may do what, where: a role counts in one authority, or in all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

Role = Literal["clerk", "reviewer", "cashier", "manager", "inspector", "supervisor", "police", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
#: Each program offers the roles of its own trade, and takes no others: a police officer is nobody at the desk.
OFFICE_ROLES: tuple[Role, ...] = ("clerk", "reviewer", "cashier", "manager", "administrator")
INSPECTION_ROLES: tuple[Role, ...] = ("inspector", "supervisor", "police", "administrator")
EVERYWHERE = "*"
AUTHORITY = re.compile(r"\*|[A-Z0-9]{2,4}")


class Waiting(NamedTuple):
    """A role that one administrator gave and none confirmed yet: where, which, and who gave it (an account's name)."""

    authority: str
    role: Role
    granted_by: str


class Account(NamedTuple):
    """Somebody who works here. `roles` are by authority code, `*` for all; `enrolled` says whether there is a second factor.

    `waiting` are roles that count for nothing yet. An account that is not `confirmed` was invited by one administrator, `invited_by`,
    alone: whoever signs in with it has no role at all (`directory.by_id`); `told` says that they did, and what to tell another one.
    """

    id: int
    name: str
    display: str
    roles: Mapping[str, frozenset[Role]]
    enrolled: bool = True
    closed: bool = False
    confirmed: bool = True
    told: bool = False
    invited_by: str = ""
    waiting: tuple[Waiting, ...] = ()

    def may(self, role: Role, authority: str) -> bool:
        """Whether this account has `role` in `authority` (a code, or `*`: everywhere)."""
        return role in self.roles.get(EVERYWHERE, ()) or role in self.roles.get(authority, ())

    def has(self, *wanted: Role) -> bool:
        """Whether it has any of these roles anywhere."""
        return any(role in held for held in self.roles.values() for role in wanted)

    def where(self, *wanted: Role) -> frozenset[str]:
        """Return the authorities in which it has any of these roles, perhaps `*`."""
        return frozenset(authority for authority, held in self.roles.items() if held.intersection(wanted))
