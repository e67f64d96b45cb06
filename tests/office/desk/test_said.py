"""What a citizen reads is about their case: the rejection's own reason, the day a renewal begins, a copy that is still to be printed."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from office.applications import drafts
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.messages.tables import messages
from office.papers import prints
from office.services.deadlines import Count, Deadline
from tests.conftest import unavailable
from tests.office.applications.test_days_off import at, ruled
from tests.office.applications.workplace import REVIEWER, advertisement, moment, shop
from tests.office.desk.house import House, faults, plain


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


def test_the_last_day_is_said_with_how_it_was_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mona = house.citizen(1)
    rule = {"awaiting_payment": Deadline(30, "withdraw", Count.WORKING_DAYS)}
    work = at(house.work, ruled(house.context.office(), **rule))
    monkeypatch.setattr(house.context, "office", lambda: work.office)
    number = work.submitted("shop.first", shop(), actor=house.actor_of(1))

    def status() -> str:
        return plain(mona.get(f"/applications/{number}").text.split('<section class="panel status')[1].split("</section>")[0])

    assert "آخر موعد: 5 يناير 2027، 23:59 (30 يوم عمل)" in status()
    later = ruled(house.context.office(), date(2026, 12, 31), **rule)
    monkeypatch.setattr(house.context, "office", lambda: later)
    assert "آخر موعد: 5 يناير 2027، 23:59" in status() and "يوم عمل" not in status(), "a holiday announced since moves nothing"
    work.pay(number)
    work.do("reject", number, reason="مخالف")
    assert "آخر موعد للتظلم: 24 يناير 2027، 23:59 (60 يومًا)" in status(), "the 60th day is a Saturday"
    work.do("object_", number, actor=house.actor_of(1), reason="لا")
    assert "آخر موعد" not in status()


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
    with house.context.engine.begin() as connection:
        prints.note(connection, license_, size="A4", by="mona", now=house.now)
    house.work.issue(copy)
    assert "أُنجز طلب النسخة الورقية" in plain(mona.get(f"/applications/{copy}").text)


def test_the_reviewer_reads_what_changes_as_people_say_it(house: House) -> None:
    """Names of activities and choices, metres without a machine's ".0", and the holder who is there, not yet the one to come."""
    house.citizen(1)
    actor, reem = house.actor_of(1), house.staff("reem", ("MN1", "reviewer"))
    _, license_ = house.work.issued("shop.first", shop(valid_from="2026-11-24"), actor=actor)
    _, board = house.work.issued("advertisement.first", advertisement(latitude="31.2741"), actor=actor)
    more = {"changes": "x", "width_m": "6.5", "height_m": "3.25", "faces": "2", "lighting": "screen"}
    for service, fields, ar, en in (
        ("shop.amendment", {"license": license_, "changes": "x", "activity": "desserts"}, "النشاط مخبز حلويات", "Activity Bakery Desserts"),
        (
            "advertisement.amendment",
            {"license": board, **more},
            "العرض بالمتر 4 6.5 الارتفاع بالمتر 3 3.25 عدد الأوجه 1 2 الإضاءة مضاء شاشة إلكترونية",
            "Width in metres 4 6.5 Height in metres 3 3.25 Number of faces 1 2 Lighting Lit Electronic screen",
        ),
        ("shop.transfer", {"license": license_, "holder": "عمر سعيد"}, "المرخص له سامي فؤاد حسن عمر سعيد", "Holder سامي فؤاد حسن عمر سعيد"),
    ):
        number = house.work.submitted(service, fields, actor=actor)
        for lang, told in (("ar", ar), ("en", en)):
            reem.http.set_cookie("khatm_language", lang)
            panel = reem.get(f"/centre/applications/{number}").text.split('id="changes"')[1].split("</section>")[0]
            assert told in plain(panel), plain(panel)
        house.work.do("withdraw", number, actor=actor)


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


def test_a_closed_district_is_refused_at_the_first_step_with_its_day(house: House) -> None:
    mona = house.citizen(1)
    page = mona.get("/apply?type=shop&procedure=first")
    assert "1 يناير 2027" in plain(page.text)
    refused = mona.post("/apply", 422, type="shop", procedure="first", authority="MN2")
    assert faults(refused.text) == {"authority_not_open_yet"} and 'aria-invalid="true"' in refused.text
    assert 'class="item leads"' not in mona.get("/applications").text, "no draft was made"


def test_a_renewal_that_came_too_late_asks_for_the_first_issue_s_documents_by_name(house: House) -> None:
    house.citizen(1)
    actor = house.actor_of(1)
    fields = advertisement(valid_from="2026-11-24", valid_until="2026-11-30")
    _, license_ = house.work.issued("advertisement.first", fields, actor=actor)
    house.now = moment("2026-12-10")
    mona = house.citizen(1)
    typed = {name: fields[name] for name in ("holder", "width_m", "height_m", "faces", "lighting")}
    typed |= {"license": license_, "valid_until": "2027-12-01", "stayed_up": "yes"}
    draft = house.work.draft("advertisement.renewal", typed, actor=actor, papers=False, now=house.now)
    for step in ("documents", "check"):
        assert "تصميم الإعلان بألوانه وأبعاده" in plain(mona.get(f"/apply/{draft}/{step}").text)
    assert 'value="artwork"' in mona.get(f"/apply/{draft}/documents").text


def test_a_second_bill_says_what_was_paid_and_one_whose_money_went_back_says_so_and_no_rule_s_id(house: House) -> None:
    mona, actor = house.citizen(1), house.actor_of(1)
    number = house.work.submitted("shop.first", shop(), actor=actor)
    paid = house.work.pay(number)
    house.work.do("return_", number, reason="المساحة")
    with house.context.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, house.context.office(), actor, house.now), number, {"floor_area": "260"})
    house.work.do("resubmit", number, actor=actor)
    page = mona.get(f"/applications/{number}").text
    assert f"بعد خصم ما سُدد من قبل: {paid / 100:,.2f}" in plain(page)
    assert "shop_license" not in page and "sample-1" not in page
    house.work.do("withdraw", number, actor=actor)
    karim = house.staff("karim", ("MN1", "cashier"))
    karim.post(f"/centre/money/{number}", 303, **form_of(house, number))
    assert 'data-code="went_back"' in mona.get(f"/applications/{number}").text
    assert "shop_license" in karim.get(f"/centre/applications/{number}").text


def test_no_rule_s_id_stands_in_anything_that_a_citizen_reads(house: House, tmp_path: Path) -> None:
    """Bills, printed receipts, messages, the license's page and paper say what is paid for; how we file that, the staff read."""
    mona, actor = house.citizen(1), house.actor_of(1)
    karim = house.staff("karim", ("MN1", "cashier"))
    schedules = house.context.office().schedules
    ids = set(schedules.rules) | {version.name for rule in schedules.rules.values() for version in rule.versions}
    assert {"shop_license", "advertisement_fine", "examination", "sample-1"} <= ids
    number = house.work.submitted("shop.first", shop(valid_from="2026-11-24"), actor=actor)
    board = house.work.submitted("advertisement.first", advertisement(latitude="31.2741"), actor=actor)
    read = [mona.get(f"/applications/{each}").text for each in (number, board)]
    receipts = []
    for each in (number, board):
        due = house.work.show(each).bills[0].piastres
        paid = karim.post(f"/centre/till/{each}", 303, method="cash", amount=f"{due / 100:.2f}")
        receipts.append(karim.get(paid.location).text)
    assert all("إيصال" in page for page in receipts)
    house.work.do("approve", number, actor=REVIEWER)
    license_ = house.work.issue(number)
    read += [*receipts, mona.get(f"/applications/{number}").text]
    amended = {"license": license_, "changes": "x", "floor_area": "260"}
    read.append(mona.get(f"/applications/{house.work.submitted('shop.amendment', amended, actor=actor)}").text)
    paper = tmp_path / "license.pdf"
    paper.write_bytes(mona.get(f"/applications/{number}/license.pdf").data)
    if not shutil.which("pdftotext"):
        unavailable("no poppler: run .ci/system-packages test")
    read.append(subprocess.run(["pdftotext", paper, "-"], check=True, capture_output=True, text=True).stdout)
    with house.context.engine.connect() as connection:
        texts = connection.scalars(select(messages.c.text)).all()
    assert any("جنيه" in text for text in texts), "one of them asks for money"
    for told in [*map(plain, read), *texts]:
        assert not [id_ for id_ in ids if re.search(rf"(?<![\w-]){re.escape(id_)}(?![\w-])", told)]
    staff = plain(house.staff("reem", ("MN1", "reviewer")).get(f"/centre/applications/{board}").text)
    assert [id_ for id_ in ids if id_ in staff], "the staff do"
