"""Money that goes back at the desk, and what waits for a manager: who may, what is refused, and that nothing goes twice."""

from __future__ import annotations

import pytest

from office.applications.actors import Actor
from office.payments import bills, refunds, soundness
from storage.database import reading
from tests.office.applications.workplace import shop
from tests.office.desk import provider
from tests.office.desk.house import House, faults, plain


def rejected(house: House) -> tuple[str, int]:
    """An application that was paid for and rejected, with what was paid."""
    number = house.work.submitted("shop.first", shop())
    paid = house.work.pay(number)
    house.work.do("reject", number, reason="الموقع مشغول")
    return number, paid


def form_of(house: House, number: str, **more: str) -> dict[str, str]:
    shown = house.work.show(number)
    return {"payment": str(shown.bills[0].payments[0].id), "version": str(shown.version), "amount": "1.00", "reason": "سحب الطلب"} | more


def gone(house: House, number: str) -> list[tuple[int, str, str]]:
    with reading(house.context.engine) as connection:
        assert soundness.check(connection) == ()
        return [(each.piastres, each.state, each.by) for each in refunds.of_subject(connection, number)]


def test_a_cashier_gives_a_part_back_and_it_is_in_the_day_s_cash(each_house: House) -> None:
    house = each_house
    number, paid = rejected(house)
    karim = house.staff("karim", ("MN1", "cashier"))
    case = karim.get(f"/centre/applications/{number}").text
    assert f'href="/centre/money/{number}"' in case
    assert f"{paid / 100:,.2f}" in plain(karim.get(f"/centre/money/{number}").text)
    sent = form_of(house, number, amount="٢٫٥٠")
    done = karim.follow(karim.post(f"/centre/money/{number}", 303, **sent))
    assert "2.50" in plain(done.text) and "سلِّم مقدم الطلب نقدًا" in plain(done.text)
    again = karim.post(f"/centre/money/{number}", 409, **sent)
    assert faults(again.text) == {"changed_meanwhile"}, "pressed twice, it is one"
    assert gone(house, number) == [(250, "done", "karim")]
    hoda = house.staff("hoda", ("MN1", "manager"))
    assert "Karim" in plain(hoda.get("/centre/reports/cash").text), "by the name of the person"
    assert "2.50" in plain(hoda.get("/centre/reports/cash").text)
    history = plain(karim.get(f"/centre/applications/{number}").text)
    assert "سحب الطلب" in history and "رد مبلغ" in history


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount": "x"}, "amount_invalid"),
        ({"amount": ""}, "amount_invalid"),
        ({"amount": "0"}, "amount_invalid"),
        ({"amount": "-1"}, "amount_invalid"),
        ({"amount": "9999999"}, "refund_too_much"),
        ({"payment": ""}, "payment_unknown"),
        ({"payment": "9" * 20}, "payment_unknown"),
        ({"payment": "999"}, "payment_unknown"),
        ({"reason": " "}, "reason_missing"),
        ({"reason": "س" * 201}, "field_too_long"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_goes(house: House, more: dict[str, str], code: str) -> None:
    number, _ = rejected(house)
    karim = house.staff("karim", ("MN1", "cashier"))
    sent = form_of(house, number, **more)
    page = karim.post(f"/centre/money/{number}", 422, **sent)
    assert faults(page.text) == {code}
    assert 'aria-invalid="true"' in page.text
    if "amount" in more:
        assert f'value="{more["amount"]}"' in page.text and "سحب الطلب" in page.text, "what was typed is kept"
    assert gone(house, number) == []


def test_what_a_license_stands_on_stays(house: House) -> None:
    number, _ = house.work.issued("shop.first", shop())
    karim = house.staff("karim", ("MN1", "cashier"))
    assert 'href="/centre/money/' not in karim.get(f"/centre/applications/{number}").text
    assert faults(karim.get(f"/centre/money/{number}").text) == {"nothing_back"}
    assert faults(karim.post(f"/centre/money/{number}", 422, **form_of(house, number)).text) == {"refund_too_much", "nothing_back"}
    assert gone(house, number) == []


def test_nobody_else_gives_it_back(house: House) -> None:
    number, _ = rejected(house)
    sent = form_of(house, number)
    for name, role, status in (("clara", "clerk", 403), ("rami", "reviewer", 403), ("adel", "administrator", 403)):
        house.staff(name, ("MN1", role)).post(f"/centre/money/{number}", status, **sent)
    house.staff("dina", ("SHQ", "cashier"), ("SHQ", "manager")).post(f"/centre/money/{number}", 404, **sent)
    both = house.staff("essam", ("MN1", "clerk"), ("MN1", "cashier"))
    entered = house.work.submitted("shop.first", shop(**{"latitude": "31.2652"}), actor=_actor(house, "essam"))
    house.work.pay(entered)
    house.work.do("reject", entered, reason="x")
    refused = both.post(f"/centre/money/{entered}", None, **form_of(house, entered))
    assert faults(refused.text) == {"same_person"}, "whoever entered it gives nothing back for it"
    assert gone(house, number) == gone(house, entered) == []


def _actor(house: House, name: str) -> Actor:
    account = house.account(name)
    return Actor("staff", str(account.id), account.display, account.roles)


def test_what_the_provider_left_is_decided_by_the_managers_of_its_authority(each_house: House) -> None:
    house = each_house
    unpaid, settled = (house.work.submitted("shop.first", shop(latitude=f"31.2{place}52")) for place in (70, 75))
    house.work.pay(settled)
    left = provider.unsettle(house, unpaid, settled)
    hoda, other = house.staff("hoda", ("MN1", "manager")), house.staff("samia", ("SHQ", "manager"))
    page = plain(hoda.get("/centre/money").text)
    assert f"KH-{unpaid[-8:]}" in page and settled in page and "دُفع مبلغ يختلف" in page and "لم يؤكدها المزود" in page
    foreign = plain(other.get("/centre/money").text)
    assert f"KH-{unpaid[-8:]}" not in foreign and settled not in foreign
    notice, refund = f"/centre/money/notices/{left['notice']}", f"/centre/money/refunds/{left['refund']}"
    other.post(notice, 404, decision="dismiss", note="x")
    other.post(refund, 404, decision="done")
    hoda.post(notice, 400, decision="burn", note="x")
    hoda.post(refund, 400, decision="burn")
    assert faults(hoda.post(notice, 422, decision="refund", note=" ").text) == {"reason_missing"}
    hoda.post(notice, 303, decision="refund", note="دفع في منفذ")
    hoda.post(refund, 303, decision="again")
    hoda.post(notice, 404, decision="refund", note="again")
    hoda.post(refund, 404, decision="again")
    with reading(house.context.engine) as connection:
        wrong = refunds.of_subject(connection, unpaid)
        assert [(each.piastres, each.state, each.reason) for each in wrong] == [(100, "queued", "wrong_amount")]
        assert [(each.state, each.by) for each in refunds.of_subject(connection, settled)] == [("queued", "hoda")]
        assert bills.of_subject(connection, unpaid)[0].state == "open", "a wrong amount pays nothing"
    assert "لا توجد رسائل تنتظر" in plain(hoda.get("/centre/money").text)


def test_what_belongs_to_nobody_known_is_for_who_manages_all(house: House) -> None:
    with house.context.engine.begin() as connection:
        provider.wrong(connection, "KH-NOBODY-S", house.now)
    assert "KH-NOBODY-S" not in house.staff("hoda", ("MN1", "manager")).get("/centre/money").text
    assert "KH-NOBODY-S" in house.staff("governor", ("*", "manager")).get("/centre/money").text
