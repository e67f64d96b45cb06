"""Who does something: a citizen, a member of the staff, or the office's own jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

Kind = Literal["citizen", "staff", "system"]

#: In `Actor.roles`, the key that stands for every authority.
EVERYWHERE = "*"


class Actor(NamedTuple):
    """Somebody who acts. `roles` are a staff member's, by the authority's code; a citizen and the system have none.

    `mobile` (E.164) is the one that a citizen proved with a one-time code, "" for everybody else."""

    kind: Kind
    id: str
    name: str
    roles: Mapping[str, frozenset[str]] = {}
    mobile: str = ""

    @property
    def key(self) -> str:
        """The name under which history keeps the actor: `kind:id`."""
        return f"{self.kind}:{self.id}"

    def has(self, authority: str, *wanted: str) -> bool:
        """Say whether a staff member holds one of the roles `wanted` for `authority`."""
        if self.kind != "staff":
            return False
        held = self.roles.get(authority, frozenset()) if authority else frozenset()
        return not (held | self.roles.get(EVERYWHERE, frozenset())).isdisjoint(wanted)

    def authorities(self, known: Collection[str], *wanted: str) -> tuple[str, ...]:
        """Return those of the authorities `known` for which the actor holds one of the roles `wanted`."""
        return tuple(code for code in sorted(known) if self.has(code, *wanted))


#: The office's own jobs: deadlines, payments that arrive, issuing what is approved and paid.
SYSTEM = Actor("system", "office", "office")
