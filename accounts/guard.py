"""Who may open which address: a table with a line for every route, and nothing is open that has none.

It knows no web framework: a program asks `Guard.admits` with the name of a route before it does anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from .roles import Account, Role
from .sessions import Session


class Rule(NamedTuple):
    """Who one route is for. `roles` are for staff: any of them, anywhere; where exactly is for the route to ask.

    `scopes` are for another program: its token has all of them.
    """

    who: Literal["anyone", "citizen", "half", "staff", "device", "program", "office"]
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[str] = frozenset()


ANYONE, CITIZEN, HALF, STAFF = Rule("anyone"), Rule("citizen"), Rule("half"), Rule("staff")
#: For an enrolled device, which no session proves: the program itself looks at its token, and no session opens such a route.
DEVICE = Rule("device")
#: For another program of ours, by a token that is looked at in the same way.
OFFICE = Rule("office")


def staff(*roles: Role) -> Rule:
    """Return the rule for staff with any of these roles."""
    return Rule("staff", frozenset(roles))


def program(*scopes: str) -> Rule:
    """Return the rule for another program, by its token with these scopes; as for a device, no session opens such a route."""
    return Rule("program", scopes=frozenset(scopes))


Answer = Literal["admitted", "sign_in", "forbidden", "unconfirmed"]
#: The one page of staff whom nobody confirmed yet (confirming.py).
WAITING = "login.waiting"


class Guard:
    """The table of one program."""

    def __init__(self, table: Mapping[str, Rule]) -> None:
        self._table = dict(table)

    def gaps(self, routes: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the routes without a line, and the lines without a route. A program refuses to start with either."""
        there = frozenset(routes)
        return there - self._table.keys(), frozenset(self._table.keys() - there)

    def rule(self, route: str | None) -> Rule | None:
        """Return the line of a route, None if it has none: then nobody may open it."""
        return self._table.get(route) if route else None

    def admits(self, route: str | None, *, session: Session | None, account: Account | None) -> Answer:
        """Return whether a request may go on. `account` is that of a staff session, None if it was closed since."""
        rule = self.rule(route)
        if rule is None:
            return "forbidden"
        if rule.who == "anyone":
            return "admitted"
        if rule.who == "citizen":
            return "admitted" if session and session.realm == "citizen" and session.stage == "full" else "sign_in"
        if rule.who in ("device", "program", "office"):
            return "forbidden"
        if session is None or session.realm != "staff" or account is None:
            return "sign_in"
        if rule.who == "half":
            return "admitted" if session.stage == "half" else "forbidden"
        if session.stage != "full":
            return "sign_in"
        if not account.confirmed:
            return "admitted" if route == WAITING else "unconfirmed"
        return "admitted" if not rule.roles or account.has(*rule.roles) else "forbidden"
