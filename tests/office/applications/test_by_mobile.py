"""What the centre entered is seen on the portal by who proved the mobile that it names, and by no other citizen."""

from __future__ import annotations

from typing import Any

import pytest

from issuer.errors import IssuerError
from office.applications import attaching, listing
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from tests.office.applications.workplace import CLERK, MOBILE, NOW, Workplace, pdf, shop

NAMED = Actor("citizen", "21", MOBILE, mobile=MOBILE)
OTHERS = [
    Actor("citizen", "22", "x", mobile=f"+20{1_112_345_678}"),
    Actor("citizen", "23", MOBILE),  # who proved nothing
    Actor("citizen", "", "", mobile=""),
]


def listed(here: Workplace, actor: Actor) -> list[str]:
    with here.engine.connect() as connection:
        return [line.number for line in listing.own(connection, actor=actor).lines]


def test_it_is_seen_and_listed_by_its_mobile_alone(here: Workplace) -> None:
    number = here.submitted("shop.first", shop(), actor=CLERK)
    draft = here.draft("shop.first", shop(latitude="31.2790"), actor=CLERK)
    assert here.show(number, actor=NAMED).number == number
    assert listed(here, NAMED) == [number]
    for other in OTHERS:
        assert listed(here, other) == []
        with pytest.raises(IssuerError, match="application_unknown"):
            here.show(number, actor=other)
    with pytest.raises(IssuerError, match="application_unknown"):
        here.show(draft, actor=NAMED)


def test_an_account_s_own_application_is_not_shown_to_a_mobile(sqlite: Workplace) -> None:
    number = sqlite.submitted("shop.first", shop())  # a citizen's own, whose messages go to that mobile
    with pytest.raises(IssuerError, match="application_unknown"):
        sqlite.show(number, actor=NAMED)
    assert listed(sqlite, NAMED) == []


STEPS: list[tuple[str, dict[str, Any]]] = [("withdraw", {}), ("object_", {"reason": "x"}), ("resubmit", {})]


@pytest.mark.parametrize(("step", "more"), STEPS)
def test_a_mobile_that_somebody_typed_shows_and_changes_nothing(sqlite: Workplace, step: str, more: dict[str, Any]) -> None:
    number = sqlite.submitted("shop.first", shop(), actor=CLERK)
    assert sqlite.show(number, actor=NAMED).actions == ()
    with pytest.raises(IssuerError, match="application_unknown"):
        sqlite.do(step, number, actor=NAMED, **more)
    with pytest.raises(IssuerError, match="application_unknown"), sqlite.engine.begin() as connection:
        attaching.attach(UnitOfWork(connection, sqlite.office, NAMED, NOW), number, "tenure", content=pdf(), filename="a.pdf")
    assert sqlite.state(number) == "awaiting_payment"
