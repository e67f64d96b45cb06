"""Approvals signed at the desk, checked again by the worker that seals: in the mode `passkey`, and in the mode `session` as ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from acts.tables import acts
from office.applications import deadlines
from office.applications.context import OfficeContext
from office.applications.tables import approvals
from office.messages.tables import messages
from office.services.deadlines import Deadline
from office.services.state_machine import State
from tests import by_hand
from tests.browser import assert_accessible
from tests.office.applications.conftest import Keys
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import mobile, plain, served
from tests.office.desk.keyed import confirm, form, virtual
from tests.office.desk.rostered import Rostered
from tests.ports import free_port


@pytest.fixture
def signed(tmp_path: Path, unlocked: Keys) -> Rostered:
    return Rostered(tmp_path, unlocked, str(tmp_path / "register.sqlite"))


@pytest.fixture
def each_signed(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[Rostered]:
    made = Rostered(tmp_path, unlocked, database_url)
    yield made
    made.house.close()


def codes(text: str) -> list[str]:
    return re.findall(r'data-code="(\w+)"', text)


def test_two_people_sign_and_the_worker_seals(each_signed: Rostered) -> None:
    office, number = each_signed, each_signed.paid()
    assert office.click("mona", number).status_code == 303
    assert office.house.work.state(number) == "under_review"
    page = office.visitors["mona"].get(f"/centre/applications/{number}").text
    assert codes(page) == ["approval_given"], "whoever signed does not sign again"
    assert "mona" in plain(office.visitors["omar"].get(f"/centre/applications/{number}").text)
    assert office.click("omar", number).status_code == 303
    assert office.house.work.state(number) == "approved"
    assert office.work() == {"issued": 1}
    with office.house.context.engine.connect() as connection:
        rows = connection.execute(select(approvals)).all()
        written = connection.execute(select(acts.c.body).order_by(acts.c.id.desc())).scalars().all()
    assert {row.license for row in rows} == {office.house.work.show(number).issued} != {None}
    assert any(b"approval" in bytes(body) and b"license" in bytes(body) for body in written), "one act holds both"


def test_a_session_alone_approves_nothing(signed: Rostered) -> None:
    number = signed.paid()
    for more in ({"answer": ""}, {"nonce": "", "answer": "{}"}, {"answer": "{}"}):
        refused = signed.click("mona", number, **more)
        assert refused.status_code == 422 and set(codes(refused.text)) & {"approval_missing", "passkey_late", "passkey_refused"}
    assert signed.house.work.state(number) == "under_review"


def test_somebody_elses_key_and_a_page_of_before_are_refused(signed: Rostered) -> None:
    number, other = signed.paid(), signed.paid(trade_name="مقهى البحر", latitude="31.2811")
    assert "passkey_unknown" in codes(signed.click("mona", number, key="omar").text)
    asked = form(signed.visitors["mona"].get(f"/centre/applications/{other}").text, signed.path(other))
    assert "passkey_late" in codes(signed.click("mona", number, nonce=asked["nonce"]).text)


def test_who_has_no_passkey_or_is_not_vouched_for_signs_nothing(signed: Rostered) -> None:
    number = signed.paid()
    none = signed.house.staff("samia", ("MN1", "reviewer"))
    page = none.get(f"/centre/applications/{number}").text
    assert "approval_no_passkey" in codes(page) and "data-passkey" not in page
    signed.join("laila", ("MN1", "reviewer"), by=("hoda",))
    assert "passkey_unknown" in codes(signed.click("laila", number).text)
    signed.vouch("karim", "laila")
    assert signed.click("laila", number).status_code == 303


def test_a_role_that_was_written_into_the_database_decides_nothing(signed: Rostered) -> None:
    """The passkey is vouched for, the role only stands there."""
    number = signed.paid()
    signed.join("nour", ("MN1", "clerk"))
    by_hand.run(
        signed.house.context.engine,
        "INSERT INTO account_role (account_id, authority, role, granted_by, confirmed_by) "
        "SELECT id, 'MN1', 'manager', 'hoda', 'karim' FROM account WHERE name = 'nour'",
    )
    assert "role_unchained" in codes(signed.click("nour", number).text)


def test_what_changes_after_the_signatures_is_not_sealed(signed: Rostered) -> None:
    number = signed.paid()
    signed.click("mona", number)
    signed.click("omar", number)
    engine = signed.house.context.engine
    for change, back in (
        (
            "UPDATE application SET license = replace(license, 'مخبز الأمل', 'ملهى النجوم')",
            "UPDATE application SET license = replace(license, 'ملهى النجوم', 'مخبز الأمل')",
        ),
        ("UPDATE application_line SET piastres = piastres - 1", "UPDATE application_line SET piastres = piastres + 1"),
        ("UPDATE application SET service = 'shop.replacement'", "UPDATE application SET service = 'shop.first'"),
        ("UPDATE approval SET account = 'hoda' WHERE account = 'mona'", "UPDATE approval SET account = 'mona' WHERE account = 'hoda'"),
        ("UPDATE approval SET version = 99 WHERE account = 'mona'", "UPDATE approval SET version = 3 WHERE version = 99"),
    ):
        (version,) = by_hand.run(engine, "SELECT version FROM approval WHERE account = 'omar'")[0][0]
        by_hand.run(engine, change)
        done = signed.work()
        assert "issued" not in done and done, change
        by_hand.run(engine, back.replace("= 3", f"= {version}"))
    assert signed.licenses() == 0
    assert signed.work() == {"issued": 1}


def test_approvals_of_one_license_do_not_make_a_second(signed: Rostered) -> None:
    number = signed.paid()
    signed.click("mona", number)
    signed.click("omar", number)
    signed.work()
    by_hand.run(signed.house.context.engine, "UPDATE application SET state = 'approved', issued = NULL, version = version - 1")
    assert signed.work() == {"approval_used": 1}
    assert signed.licenses() == 1


def test_a_passkey_that_was_withdrawn_signs_nothing_more_and_what_it_signed_holds(signed: Rostered) -> None:
    number, later = signed.paid(), signed.paid(trade_name="مقهى البحر", latitude="31.2811")
    signed.click("mona", number)
    signed.click("omar", number)
    signed.house.now += 60
    hoda = signed.visitors["hoda"]
    (withdraw,) = re.findall(r'action="(/centre/people/mona/passkeys/\d+/withdraw)"', hoda.get("/centre/people/mona").text)
    hoda.post(withdraw, 200)
    assert "approval_no_passkey" in codes(signed.visitors["mona"].get(f"/centre/applications/{later}").text)
    assert signed.work() == {"issued": 1}


def test_an_application_that_changed_between_two_signatures_is_signed_anew(signed: Rostered) -> None:
    number = signed.paid()
    signed.click("mona", number)
    signed.house.work.do("request_inspection", number, reason="الموقع")
    signed.house.work.do("record_inspection", number, outcome="fits", reason="مطابق")
    assert signed.click("omar", number).status_code == 303
    assert signed.house.work.state(number) == "under_review", "Mona signed something else"
    signed.click("mona", number)
    assert signed.house.work.state(number) == "approved"
    assert signed.work() == {"issued": 1}


def test_without_a_roster_that_holds_nothing_is_approved(signed: Rostered) -> None:
    number = signed.paid()
    path = signed.folder / "keys/roster.cose"
    kept = path.read_bytes()
    signed.click("mona", number)
    signed.click("omar", number)
    for data, code in ((None, "roster_missing"), (kept[:-9], "roster_damaged"), (kept[:-1] + bytes([kept[-1] ^ 1]), "roster_wrong_root")):
        path.unlink(missing_ok=True)
        if data is not None:
            path.write_bytes(data)
        assert signed.work() == {code: 1}
        other = signed.paid(trade_name=code, latitude=f"31.2{len(code) % 10}1{ord(code[-1]) % 10}")
        assert code in codes(signed.visitors["mona"].get(f"/centre/applications/{other}").text)


def test_silence_signs_nothing(signed: Rostered) -> None:
    """Where the rules let silence approve, the deadline passes to a manager instead."""
    house = signed.house
    under_review = house.context.office().service("shop.first").deadlines[State.UNDER_REVIEW]._replace(then="approve")
    for people, state in ((2, "under_review"), (0, "approved")):
        signed.mode(people)
        number = signed.paid(latitude=f"31.27{people}1")
        silent = _with_deadline(house.context.office(), under_review)
        deadlines.run(house.context.engine, silent, now=house.now + 400 * 86_400)
        assert house.work.state(number) == state


def _with_deadline(office: OfficeContext, deadline: Deadline) -> OfficeContext:
    service = office.service("shop.first")
    changed = service._replace(deadlines={**service.deadlines, State.UNDER_REVIEW: deadline})
    services = office.services._replace(services={**office.services.services, "shop.first": changed})
    return office._replace(services=services)


def test_in_the_mode_session_whoever_is_signed_in_approves(signed: Rostered) -> None:
    signed.mode(0)
    number = signed.paid()
    page = signed.visitors["mona"].get(f"/centre/applications/{number}").text
    assert "data-passkey" not in page
    signed.visitors["mona"].post(signed.path(number), 303, version=form(page, signed.path(number))["version"])
    assert signed.work() == {"issued": 1}


def test_a_decision_is_signed_in_chromium(tmp_path: Path, unlocked: Keys, browsers: Browsers) -> None:
    """Salma enrols on the page, is confirmed and signed for, and approves; the other signature is Mona's."""
    port = free_port()
    address = f"http://localhost:{port}"
    office = Rostered(tmp_path, unlocked, str(tmp_path / "register.sqlite"), origin=address)
    salma, hoda = office.house.staff("salma", ("MN1", "reviewer")), office.visitors["hoda"]
    number = office.paid()
    with served(office.house, port=port):
        page = browsers.page(address, visitor=salma)
        virtual(page)
        page.goto("/centre/passkeys")
        page.fill("#passkey-name", "حاسوبي")
        page.click("main form[data-passkey] button")
        page.wait_for_selector(".reference")
        confirm(hoda, "salma", page.inner_text(".reference"))
        for name in ("hoda", "karim"):
            office.vouch(name, "salma")
        page.goto(f"/centre/applications/{number}")
        assert_accessible(page)
        page.click("form[data-passkey] button")
        page.wait_for_selector("text=وقّع على الموافقة بمفتاح مروره")
        assert "وقّعتَ على هذا القرار من قبل" in page.inner_text("#actions")
        assert_accessible(page)
    assert office.click("mona", number).status_code == 303
    assert office.work() == {"issued": 1}


def test_an_administrator_signs_in_chromium(tmp_path: Path, unlocked: Keys, browsers: Browsers) -> None:
    """An authenticator of Chromium holds Hoda's own key; she signs for a colleague on their page."""
    port = free_port()
    address = f"http://localhost:{port}"
    office = Rostered(tmp_path, unlocked, str(tmp_path / "register.sqlite"), origin=address)
    office.join("laila", ("MN1", "reviewer"), by=("karim",))
    with served(office.house, port=port):
        page = browsers.page(address, visitor=office.visitors["hoda"])
        virtual(page, holds=office.keys["hoda"])
        for left in (1, 0):
            page.goto("/centre/people/laila")
            page.click("#signable form >> nth=0 >> button")
            page.wait_for_selector(".good")
            assert page.locator("#signable form").count() == left
    number = office.paid()
    assert office.click("laila", number).status_code == 303


def told_to(office: Rostered, event: str = "%/signed/%") -> list[tuple[str, str]]:
    """Recipients and texts of what people were told that they signed."""
    with office.house.context.engine.connect() as connection:
        query = select(messages.c.recipient, messages.c.text).where(messages.c.event.like(event)).order_by(messages.c.id)
        return [(row.recipient, row.text) for row in connection.execute(query)]


def test_each_who_signed_is_told_before_the_license_is_sealed(each_signed: Rostered) -> None:
    """Mona's number counts, for two administrators signed for it; Omar's was only written down."""
    office, hoda = each_signed, each_signed.visitors["hoda"]
    for serial, name in enumerate(("mona", "omar"), start=71):
        hoda.get(f"/centre/people/{name}")
        hoda.post(f"/centre/people/{name}/mobile", 200, mobile=mobile(serial))
    assert mobile(71)[1:] in hoda.get("/centre/people/mona").text
    for name in ("hoda", "karim"):
        office.vouch(name, "mona")
    office.vouch("hoda", "omar")
    number = office.paid()
    office.click("mona", number)
    office.click("omar", number)
    assert office.work() == {"approvers_told": 1}
    ((to, text),) = told_to(office)
    assert to == f"+2{mobile(71)}" and number in text and "2550.00" in text
    assert office.licenses() == 0, "told before, not after"
    assert office.work() == {"issued": 1}
    assert len(told_to(office)) == 1


def test_a_number_that_was_exchanged_in_the_database_is_told_nothing(signed: Rostered) -> None:
    hoda = signed.visitors["hoda"]
    hoda.get("/centre/people/mona")
    hoda.post("/centre/people/mona/mobile", 200, mobile=mobile(71))
    for name in ("hoda", "karim"):
        signed.vouch(name, "mona")
    by_hand.run(signed.house.context.engine, f"UPDATE account_contact SET mobile = '+2{mobile(72)}'")
    number = signed.paid()
    signed.click("mona", number)
    signed.click("omar", number)
    signed.work()
    assert [to for to, _ in told_to(signed)] == [f"+2{mobile(71)}"], "what was signed for counts, not what stands there"


def test_an_older_number_is_told_nothing_more(signed: Rostered) -> None:
    hoda = signed.visitors["hoda"]
    hoda.get("/centre/people/mona")
    for serial in (71, 72):
        hoda.post("/centre/people/mona/mobile", 200, mobile=mobile(serial))
        for name in ("hoda", "karim"):
            signed.vouch(name, "mona")
    number = signed.paid()
    signed.click("mona", number)
    signed.click("omar", number)
    signed.work()
    assert [to for to, _ in told_to(signed)] == [f"+2{mobile(72)}"]


def test_what_is_no_mobile_number_is_not_written_down(signed: Rostered) -> None:
    hoda = signed.visitors["hoda"]
    hoda.get("/centre/people/mona")
    assert "contact_invalid" in codes(hoda.post("/centre/people/mona/mobile", 422, mobile="12345").text)
    hoda.post("/centre/people/mona/mobile", 200, mobile="")
