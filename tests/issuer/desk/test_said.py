"""What a citizen reads is about their case: the rejection's own reason, the day a renewal begins, a copy that is still to be printed."""

from __future__ import annotations

from issuer.applications.actors import Actor
from issuer.papers import prints
from tests.issuer.applications.bureau import REVIEWER, shop
from tests.issuer.desk.house import House, faults, plain


def form_of(house: House, number: str) -> dict[str, str]:
    shown = house.work.show(number)
    return {"payment": str(shown.bills[0].payments[0].id), "version": str(shown.version), "amount": "1.00", "reason": "رد جزء"}


def test_the_reason_of_a_rejection_is_the_rejection_s_and_refunds_due_are_a_list(house: House) -> None:
    mona = house.citizen(1)
    number = house.work.submitted("shop.first", shop(), actor=house.actor_of(1))
    paid = house.work.pay(number)
    house.work.do("reject", number, reason="الموقع مشغول")
    karim = house.staff("karim", ("MN1", "cashier"))
    listed = karim.get("/centre/money/due").text
    assert f'href="/centre/money/{number}"' in listed and f"{paid / 100:,.2f}" in plain(listed)
    karim.post(f"/centre/money/{number}", 303, **form_of(house, number))
    status = plain(mona.get(f"/applications/{number}").text.split('class="panel status rejected"')[1].split("</section>")[0])
    assert "الموقع مشغول" in status and "رد جزء" not in status
    assert number not in house.staff("dina", ("SHQ", "cashier")).get("/centre/money/due").text


def test_a_renewal_that_begins_later_says_when_and_a_copy_is_done_when_it_was_printed(house: House) -> None:
    mona, actor = house.citizen(1), house.actor_of(1)
    _, license_ = house.work.issued("shop.first", shop(valid_from="2026-11-24", valid_until="2027-01-31"), actor=actor)
    renewed = {"license": license_, "holder": "سامي فؤاد حسن", "floor_area": "60", "valid_until": "2028-01-31"}
    number, _ = house.work.issued("shop.renewal", renewed, actor=actor)
    page = plain(mona.get(f"/applications/{number}").text)
    assert "أبقِ رمز الترخيص الحالي في مكانه" in page and "وعلّقه في المكان." not in page
    copy = house.work.submitted("shop.paper_copy", {"license": license_, "paper": "A4", "copies": "1"}, actor=actor)
    house.work.pay(copy)
    house.work.do("approve", copy, actor=REVIEWER)
    assert "تُطبع النسخة في المركز" in plain(mona.get(f"/applications/{copy}").text)
    with house.bureau.engine.begin() as connection:
        prints.note(connection, license_, size="A4", by="mona", now=house.now)
    house.work.issue(copy)
    assert "أُنجز طلب النسخة الورقية" in plain(mona.get(f"/applications/{copy}").text)


def test_whoever_entered_it_is_told_at_the_till_that_somebody_else_takes_the_money(house: House) -> None:
    essam = house.staff("essam", ("MN1", "clerk"), ("MN1", "cashier"))
    account = house.account("essam")
    actor = Actor("staff", str(account.id), account.display, account.roles)
    number = house.work.submitted("shop.first", shop(), actor=actor)
    due = house.work.show(number).bills[0].piastres
    answer = essam.post(f"/centre/till/{number}", None, method="cash", amount=f"{due / 100:.2f}")
    assert faults(answer.text) == {"same_person"}
    karim = house.staff("karim", ("MN1", "cashier"))
    karim.post(f"/centre/till/{number}", 303, method="cash", amount=f"{due / 100:.2f}")
    assert "استلام المبلغ" in plain(karim.get(f"/centre/applications/{number}").text)


def test_a_withdrawal_says_what_becomes_of_the_money(house: House) -> None:
    mona = house.citizen(1)
    number = house.work.submitted("shop.first", shop(), actor=house.actor_of(1))
    house.work.pay(number)
    house.work.do("withdraw", number, actor=house.actor_of(1))
    assert "يقرر المركز ما يُرد" in plain(mona.get(f"/applications/{number}").text)
