"""The guard: nothing is open that has no line."""

import itertools

import pytest

from accounts.guard import ANYONE, CITIZEN, HALF, STAFF, Answer, Guard, staff
from accounts.roles import Account
from accounts.sessions import Session

CLERK = Account(1, "mona", "Mona", {"MN1": frozenset({"clerk"})})
NOBODY = Account(2, "hany", "Hany", {})
GUARD = Guard({"home": ANYONE, "mine": CITIZEN, "code": HALF, "list": STAFF, "till": staff("cashier"), "enter": staff("clerk", "manager")})


def session(realm: str, stage: str = "full") -> Session:
    return Session(realm, 1, stage, "")  # type: ignore[arg-type]


VISITORS: dict[str, tuple[Session | None, Account | None]] = {
    "stranger": (None, None),
    "citizen": (session("citizen"), None),
    "half": (session("staff", "half"), CLERK),
    "clerk": (session("staff"), CLERK),
    "roleless": (session("staff"), NOBODY),
    "closed": (session("staff"), None),
}
ADMITTED = {
    *(("home", visitor) for visitor in VISITORS),
    *(("mine", "citizen"), ("code", "half"), ("list", "clerk"), ("list", "roleless"), ("enter", "clerk")),
}
FORBIDDEN = {("code", "clerk"), ("code", "roleless"), ("till", "clerk"), ("till", "roleless"), ("enter", "roleless")}


PAIRS = list(itertools.product(["home", "mine", "code", "list", "till", "enter", "unknown"], VISITORS))


@pytest.mark.parametrize(("route", "visitor"), PAIRS)
def test_every_route_and_visitor(route: str, visitor: str) -> None:
    who, account = VISITORS[visitor]
    expected: Answer = "admitted" if (route, visitor) in ADMITTED else "sign_in"
    if route == "unknown" or (route, visitor) in FORBIDDEN:
        expected = "forbidden"
    assert GUARD.admits(route, session=who, account=account) == expected


def test_gaps_are_found_on_both_sides() -> None:
    assert GUARD.gaps(["home", "mine", "code", "list", "till", "enter"]) == (frozenset(), frozenset())
    assert GUARD.gaps(["home", "new"]) == ({"new"}, {"mine", "code", "list", "till", "enter"})
    assert GUARD.rule(None) is None
