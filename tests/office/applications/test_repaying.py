"""Money that goes back: what was paid too much, or for what came to nothing; never what a license stands on, and never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from issuer.errors import IssuerError
from office.applications import commands, drafts, repaying
from office.applications.actors import SYSTEM, Actor
from office.applications.context import UnitOfWork
from office.database import DATABASE
from office.payments import reports, soundness
from office.payments.drawers import counting, moving
from seal import days
from tests import clock
from tests.office.applications.workplace import (
    CASHIER,
    CITIZEN,
    CLERK,
    MANAGER,
    NOW,
    REVIEWER,
    STRANGER,
    Workplace,
    advertisement,
    moment,
    shop,
    staff,
)

LATE = moment("2028-02-29")


def returnable(here: Workplace, number: str, actor: Actor = CASHIER) -> int:
    with here.engine.connect() as connection:
        return repaying.returnable(connection, here.office, number, actor=actor).piastres


def give_back(here: Workplace, number: str, amount: int, *, actor: Actor = CASHIER, now: int = NOW, **more: object) -> int:
    payment = next(each for bill in here.show(number).bills for each in bill.payments)
    wanted = {"payment_id": payment.id, "amount": amount, "reason": "سحب", "by": "staff:3"} | more
    with here.engine.begin() as connection:
        return repaying.give_back(UnitOfWork(connection, here.office, actor, now), number, **wanted)  # type: ignore[arg-type]


def code(here: Workplace, number: str, amount: int, **more: object) -> str:
    with pytest.raises(IssuerError) as refused:
        give_back(here, number, amount, **more)  # type: ignore[arg-type]
    return refused.value.code


def sound(here: Workplace) -> bool:
    with here.engine.connect() as connection:
        return soundness.check(connection) == ()


def under_review(here: Workplace) -> tuple[str, int]:
    number = here.submitted("shop.first", shop())
    return number, here.pay(number)


def test_of_what_was_withdrawn_everything_may_go_back_and_no_more(here: Workplace) -> None:
    number, paid = under_review(here)
    here.do("withdraw", number, actor=CITIZEN)
    assert returnable(here, number) == paid
    assert code(here, number, paid + 1) == "refund_too_much"
    give_back(here, number, 1_000)
    assert returnable(here, number) == paid - 1_000
    give_back(here, number, paid - 1_000)
    assert (returnable(here, number), code(here, number, 1)) == (0, "payment_unknown")
    told = here.show(number).events[-1]
    assert (told.action, told.actor, told.reason, told.detail["piastres"]) == ("refund", CASHIER.key, "سحب", paid - 1_000)
    with here.engine.connect() as connection:
        (line,) = reports.cash(connection, "MN1", days.day_of(NOW)).lines
        assert (line.by, line.piastres, line.refunded) == ("staff:3", paid, paid)
    assert sound(here)


@pytest.mark.parametrize("state", ["under_review", "approved", "issued", "returned"])
def test_what_is_owed_stays(sqlite: Workplace, state: str) -> None:
    number, _ = under_review(sqlite)
    if state == "returned":
        sqlite.do("return_", number, reason="x")
    elif state != "under_review":
        sqlite.do("approve", number)
    if state == "issued":
        sqlite.issue(number)
    assert (sqlite.state(number), returnable(sqlite, number)) == (state, 0)
    assert code(sqlite, number, 1) == "refund_too_much"


def test_what_became_cheaper_goes_back_and_it_is_issued_all_the_same(here: Workplace) -> None:
    number = here.submitted("building.first", building(floors="9"))
    paid = here.pay(number)
    here.do("return_", number, reason="عدد الأدوار")
    with here.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, NOW), number, {"floors": "3"})
    here.do("resubmit", number, actor=CITIZEN)
    over = returnable(here, number)
    assert over == 6 * 200 * 500
    give_back(here, number, over)
    assert returnable(here, number) == 0
    here.do("approve", number)
    here.issue(number)
    assert code(here, number, paid - over) == "refund_too_much"
    assert sound(here)


def building(**fields: str) -> dict[str, str]:
    return shop(activity="residential", valid_until="2027-11-30", floors="3", floor_area="200") | fields


def test_a_fine_that_was_paid_for_nothing_goes_back_and_is_owed_anew(sqlite: Workplace) -> None:
    """Nobody pays for the same days twice, and nobody gets a license without paying for them."""
    sqlite.issued("advertisement.first", advertisement())
    fields = advertisement(valid_from="2028-03-01", valid_until="2029-02-28", stayed_up="yes")
    first = sqlite.submitted("advertisement.first", fields, now=LATE)
    paid = sqlite.pay(first, now=LATE)
    assert returnable(sqlite, first) == 0
    sqlite.do("reject", first, reason="مخالف", now=LATE)
    give_back(sqlite, first, paid, now=LATE)
    again = sqlite.submitted("advertisement.first", fields, now=LATE)
    assert sqlite.pay(again, now=LATE) == paid
    # The first one's rejection does not stand: but its money went back, so it owes everything again.
    sqlite.do("object_", first, actor=CITIZEN, reason="x", now=LATE)
    sqlite.do("decide", first, actor=MANAGER, upheld=True, reason="y", now=LATE)
    assert sqlite.state(first) == "awaiting_payment"
    assert sqlite.pay(first, now=LATE) == paid
    assert sound(sqlite)


def test_a_fine_that_an_objection_cancelled_after_it_was_paid_goes_back(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    fields = advertisement(valid_from="2028-03-01", valid_until="2029-02-28", stayed_up="yes")
    number = sqlite.submitted("advertisement.first", fields, now=LATE)
    paid = sqlite.pay(number, now=LATE)
    sqlite.do("object_", number, actor=CITIZEN, reason="x", now=LATE)
    assert returnable(sqlite, number) == 0, "nothing is decided yet"
    sqlite.do("decide", number, actor=MANAGER, upheld=True, reason="y", now=LATE)
    assert (sqlite.state(number), returnable(sqlite, number)) == ("under_review", paid - 600)
    give_back(sqlite, number, paid - 600, now=LATE)
    sqlite.do("approve", number, now=LATE)
    sqlite.issue(number, now=LATE)


def test_the_button_pressed_twice_gives_back_once(here: Workplace) -> None:
    number, paid = under_review(here)
    here.do("withdraw", number, actor=CITIZEN)
    version = here.show(number).version

    def press(_: int) -> str:
        try:
            give_back(here, number, 100, version=version)
        except IssuerError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(press, range(4))) == ["changed_meanwhile"] * 3 + ["done"]
    assert returnable(here, number) == paid - 100


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [
        (CITIZEN, "action_refused"),
        (CLERK, "action_refused"),
        (REVIEWER, "action_refused"),
        (STRANGER, "application_unknown"),
        (staff("9", "cashier", authority="SHQ"), "application_unknown"),
        (staff("8"), "application_unknown"),
        (Actor("staff", "10", "سامي فؤاد حسن", {"MN1": frozenset({"cashier"})}), "same_person"),
    ],
)
def test_only_the_till_gives_money_back_and_not_to_itself(sqlite: Workplace, actor: Actor, refusal: str) -> None:
    number, _ = under_review(sqlite)
    sqlite.do("withdraw", number, actor=CITIZEN)
    assert code(sqlite, number, 1, actor=actor) == refusal


def test_whoever_entered_it_at_the_counter_gives_nothing_back_for_it(sqlite: Workplace) -> None:
    both = staff("51", "clerk", "cashier")
    number = sqlite.submitted("shop.first", shop(), actor=both)
    sqlite.pay(number)
    sqlite.do("withdraw", number, actor=both)
    assert code(sqlite, number, 1, actor=both) == "same_person"
    give_back(sqlite, number, 1, actor=MANAGER)


def test_a_payment_of_another_application_is_not_touched(sqlite: Workplace) -> None:
    number, _ = under_review(sqlite)
    other = sqlite.submitted("shop.first", shop(trade_name="آخر"))
    sqlite.pay(other)
    sqlite.do("withdraw", number, actor=CITIZEN)
    foreign = sqlite.show(other).bills[0].payments[0].id
    assert code(sqlite, number, 1, payment_id=foreign) == "payment_unknown"


def test_from_the_console(sqlite: Workplace) -> None:
    number, paid = under_review(sqlite)
    sqlite.do("withdraw", number, actor=CITIZEN)
    url = sqlite.engine.url.render_as_string(hide_password=False)
    payment = str(sqlite.show(number, actor=SYSTEM).bills[0].payments[0].id)

    def run(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(commands.repay, [number, *words, "--register", url], obj=DATABASE)
        return ran.exit_code, ran.output

    assert run() == (0, f"payment {payment}  cash  MN1-2026-000001  {paid / 100:.2f} EGP left\n{paid / 100:.2f} EGP may go back\n")
    chosen = "--payment", payment, "--reason", "سحب", "--by", "tarek"
    assert "refund_too_much" in run(*chosen, "--amount", "999999")[1]
    assert run(*chosen)[0] == run(*chosen, "--amount", "5,505")[0] == run(*chosen, "--amount", "-1")[0] == 2
    assert "refund_too_much" in run(*chosen, "--amount", "٩٩٩٬٩٩٩".replace("٬", " "))[1], "typed as at the till"
    assert "drawer_missing" in run(*chosen, "--amount", "5.5")[1], "cash leaves somebody's drawer, also from the console"
    with sqlite.engine.begin() as connection:
        today = clock.seconds()
        drawer = counting.open_(connection, authority="MN1", cashier="tarek", name="طارق", float_={1_000: 2}, now=today)
    status, output = run(*chosen, "--amount", "5.5")
    assert (status, output.splitlines()[0].split("  ")[1]) == (0, "5.50 EGP")
    assert returnable(sqlite, number) == paid - 550
    with sqlite.engine.connect() as connection:
        assert moving.sums(connection, drawer).cash == 2_000 - 550
