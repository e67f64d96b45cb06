"""Whatever people do in whatever order: nothing is issued unpaid, nobody decides on what they had a hand in, money and states agree.

The steps are chosen by chance, each walk by its own number: evenly, where a machine of Hypothesis's would rarely get as far as a license.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Connection, event, select

from issuer.errors import IssuerError
from issuer.register.tables import licenses
from office.applications import application, attaching, billing, deadlines, drafts, issuing, repaying
from office.applications.actors import SYSTEM, Actor
from office.applications.context import UnitOfWork
from office.applications.tables import application_events, applications
from office.applications.views import Casefile
from office.payments import soundness
from seal import days
from seal.errors import SealError
from storage.database import reading
from tests import share
from tests.office.applications.workplace import CITIZEN, DAY, STRANGER, Workplace, advertisement, moment, staff

EVERYTHING = ("clerk", "reviewer", "manager", "cashier")
ANA, BASIM, CARIM = staff("101", *EVERYTHING), staff("102", *EVERYTHING), staff("103", "reviewer", "manager")
NAMESAKE = Actor("staff", "104", "منى علي حسن", {"MN1": frozenset(EVERYTHING)})
PEOPLE = [CITIZEN, STRANGER, ANA, BASIM, CARIM, NAMESAKE]
#: How often each is tried.
STEPS = {
    **{"apply": 8, "pay": 12, "approve": 12, "issue": 8, "time": 8, "inspect": 5, "correct": 4, "attach": 2, "give": 4, "decide": 8},
    **{"return_": 5, "resubmit": 8, "object_": 8, "request_inspection": 2, "reject": 2, "reopen": 2, "withdraw": 1},
}
#: Where a step is possible and who takes it; one time in five it is tried anywhere, by anybody.
LIKELY: dict[str, tuple[str, list[Actor]]] = {
    **dict.fromkeys(("approve", "return_", "request_inspection", "inspect", "reject"), ("under_review", [ANA, BASIM, CARIM])),
    **dict.fromkeys(("correct", "attach", "resubmit"), ("returned", [CITIZEN, ANA])),
    **{"pay": ("awaiting_payment", [CITIZEN]), "issue": ("approved", [ANA]), "reopen": ("approved", [BASIM, CARIM])},
    **{"object_": ("rejected", [CITIZEN, ANA]), "decide": ("objection", [BASIM, CARIM]), "give": ("withdrawn", [BASIM])},
}
DECISIONS = ("approve", "reject", "issue", "uphold", "dismiss")
HANDS = ("enter", "edit", "submit", "resubmit")
SETTLED = ("under_review", "approved", "issued", "inspection_requested", "returned")
WALKS, LENGTH = 5, 120
REACHED = {"issued", "paid", "first", "renewal", "lapsed", "due", "approve by staff", "same_person", "fine_unknown", "decide", "gave back"}


@cache
def picture() -> bytes:
    """A document that is looked at in this process: a PDF takes one of its own."""
    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, "PNG")
    return written.getvalue()


class Walk:
    """One spot in the city, the boards that people want there, and the days that pass."""

    def __init__(self, workplace: Workplace, seed: int, seen: set[str]) -> None:
        self.workplace, self.chance, self.seen, self.numbers = workplace, random.Random(seed), seen, list[str]()
        self.now, self.checks, self.known = moment("2026-12-01"), 0, dict[str, Any]()
        self.spot = {"latitude": f"{31.264 + seed * 0.001:.6f}", "longitude": "30.000000"}  # the register goes on: no two share a spot

    def step(self) -> None:
        (name,) = self.chance.choices(list(STEPS), STEPS.values())
        number, actor = self._chosen(name)
        try:
            if name == "apply" or not number:
                self.apply()
            elif work := getattr(self, name, None):
                work(number, actor)
            else:
                self.workplace.do(name, number, actor=actor, now=self.now, reason=self.chance.choice(["سبب", "سبب", ""]))
                self.seen.add(name)
        except (IssuerError, SealError) as error:
            self.seen.add(error.code)

    def _chosen(self, name: str) -> tuple[str, Actor]:
        state, people = LIKELY.get(name, ("", PEOPLE))
        if name == "object_" and self.chance.random() < 0.7:
            state = self.chance.choice(["awaiting_payment", "under_review"])
        with reading(self.workplace.engine) as connection:
            there = select(applications.c.number).where(applications.c.number.in_(self.numbers), applications.c.state == state)
            fitting = list(connection.scalars(there))
        if fitting and self.chance.random() < 0.8:
            return self.chance.choice(fitting), self.chance.choice(people)
        return self.chance.choice(self.numbers) if self.numbers else "", self.chance.choice(PEOPLE)

    def apply(self) -> None:
        today, stayed = days.day_of(self.now), self.chance.choice(["", "yes", "no"])
        until = today + timedelta(days=self.chance.choice([1, 20, 60]))
        width = self.chance.choice("444442")
        fields = advertisement(valid_from=today.isoformat(), valid_until=until.isoformat(), width_m=width, **self.spot)
        if stayed == "no":
            fields["removed_on"] = (today - timedelta(days=self.chance.randrange(90))).isoformat()
        actor = self.chance.choice([CITIZEN, CITIZEN, ANA])
        fields |= {"authority": "MN1", "stayed_up": stayed}
        number = self.workplace.submitted("advertisement.first", fields, actor=actor, now=self.now)
        self.numbers.append(number)
        case = self.workplace.show(number).case
        assert case is not None
        self.seen |= {case.kind, case.fine.outcome}

    def pay(self, number: str, _: Actor) -> None:
        if any(bill.state == "open" for bill in self.workplace.show(number).bills):
            self.workplace.pay(number, now=self.now)
            self.seen.add("paid")

    def issue(self, number: str, _: Actor) -> None:
        actor = self.chance.choice([SYSTEM, SYSTEM, ANA, CARIM])
        issuing.issue(self.workplace.engine, self.workplace.office, number, sealer=self.workplace.clerk.sealer, now=self.now, actor=actor)

    def time(self, _: str, __: Actor) -> None:
        self.now += self.chance.choice([1, 3, 8, 29]) * DAY
        self.seen.update(deadlines.run(self.workplace.engine, self.workplace.office, now=self.now))

    def inspect(self, number: str, actor: Actor) -> None:
        self.workplace.do("request_inspection", number, actor=BASIM, now=self.now)
        stayed, back = self.chance.choice(["yes", "no", "unknown"]), self.chance.randrange(90)
        removed = days.day_of(self.now) - timedelta(days=back) if stayed == "no" and back % 2 else None
        found: dict[str, Any] = {"outcome": "fits", "stayed_up": stayed, "removed_on": removed, "reason": "x"}
        self.workplace.do("record_inspection", number, actor=actor, now=self.now, **found)

    def decide(self, number: str, actor: Actor) -> None:
        self.workplace.do("decide", number, actor=actor, now=self.now, reason="x", upheld=self.chance.random() < 0.5)
        self.seen.add("decide")

    def correct(self, number: str, actor: Actor) -> None:
        width = {"width_m": self.chance.choice("135")}
        self._with(lambda c: drafts.update_fields(self._unit(c, actor), number, width))

    def attach(self, number: str, actor: Actor) -> None:
        self._with(lambda c: attaching.attach(self._unit(c, actor), number, "mandate", content=picture(), filename="m.png"))

    def give(self, number: str, actor: Actor) -> None:
        def work(connection: Connection) -> None:
            left = repaying.returnable(connection, self.workplace.office, number, actor=actor)
            for paid, most in left.payments[:1]:
                amount = max(1, min(most, left.piastres) // self.chance.choice([1, 2])) + self.chance.choice([0, 0, 1])
                wanted: dict[str, Any] = {"payment_id": paid.id, "amount": amount, "reason": "x", "by": actor.key}
                repaying.give_back(self._unit(connection, actor), number, **wanted)
                self.seen.add("gave back")

        self._with(work)

    def _unit(self, connection: Connection, actor: Actor) -> UnitOfWork:
        return UnitOfWork(connection, self.workplace.office, actor, self.now)

    def _with(self, work: Callable[[Connection], object]) -> None:
        with self.workplace.engine.begin() as connection:
            work(connection)

    def check(self) -> None:
        """Look at every application, in turn; at those that the step changed, at once."""
        self.checks += 1
        whole = share.turn(self.checks)
        with reading(self.workplace.engine) as connection:
            for row in connection.execute(select(applications).where(applications.c.number.in_(self.numbers))).all():
                known, self.known[row.number] = self.known.get(row.number), row
                if known == row and not whole:
                    continue
                shown = self.workplace.show(row.number)
                self._money(shown, billing.account(connection, self.workplace.office, application.of(row)))
                self._history(connection, row.id)
                if row.state == "issued":
                    assert row.case is not None
                    assert row.case.fine.outcome != "unknown"
                    assert connection.scalar(select(licenses.c.id).where(licenses.c.number == row.issued)) is not None
                    self.seen.add("issued")

    @staticmethod
    def _money(shown: Casefile, account: billing.Account) -> None:
        open_ = [bill.piastres for bill in shown.bills if bill.state == "open"]
        paid = sum(bill.piastres - bill.refunded for bill in shown.bills if bill.state == "paid")
        owed = sum(line.piastres for line in account.owed)
        assert owed == max(0, sum(line.piastres for line in account.required) - paid)
        if shown.state in SETTLED:
            assert (account.settled, open_) == (True, [])
        elif shown.state == "awaiting_payment":
            assert open_ == [owed]
        elif shown.state in ("withdrawn", "rejected"):
            assert open_ == []

    def _history(self, connection: Connection, id_: int) -> None:
        table = application_events.c
        events = connection.execute(select(application_events).where(table.application_id == id_).order_by(table.id)).all()
        for before, after in pairwise(events):
            assert (after.from_state, after.at >= before.at) == (before.to_state, True)
        for place, step in enumerate(events):
            assert step.actor.partition(":")[2], "each step names who"
            if step.action in DECISIONS and step.actor != SYSTEM.key:
                hands = {each.actor for each in events[:place] if each.action in HANDS}
                assert step.actor not in hands | {NAMESAKE.key, CITIZEN.key, STRANGER.key}
                self.seen.add(f"{step.action} by staff")


@pytest.mark.invented
@pytest.mark.timeout(300)
def test_nothing_is_issued_unpaid_or_alone_whatever_happens(sqlite: Workplace) -> None:
    event.listen(sqlite.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    sqlite.engine.dispose()  # nothing dies here
    seen: set[str] = set()
    for seed in range(WALKS):
        walk = Walk(sqlite, seed, seen)
        for _ in range(LENGTH):
            walk.step()
            walk.check()
        with reading(sqlite.engine) as connection:
            assert soundness.check(connection) == ()
    assert not REACHED - seen, f"the walks led nowhere near {REACHED - seen}"
