"""Shared work on the pages: whose cases, taking and giving, notes that no applicant sees, numbers read, mobiles corrected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from accounts.tables import contacts
from office.applications.tables import applications
from office.citizens.tables import citizens
from office.desk.teamwork import board
from office.messages.tables import messages
from office.work import contact, dealing
from office.work.tables import assignments, changes, looks, notes
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import DAY, NOW, shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import faults, mobile, plain, served
from tests.office.desk.town import ROLES, Town

__all__ = ["unlocked"]
SECRET = "صاحب الطلب يستعجل ويهدد"


class Shared(Town):
    """A small town: each role of MN1 and a second reviewer, and cases that wait for a decision."""

    def furnish(self) -> None:
        self.visitors = {role: self.staff(role, ("MN1", role)) for role in ROLES}
        self.visitors["second"] = self.staff("second", ("MN1", "reviewer"))
        self.visitors["citizen"] = self.citizen(1)
        self.places, self._spots = {}, iter(f"{31.2601 + step * 0.0012:.4f}" for step in range(40))

    def case(self, serial: int = 1, *, paid: bool = True, **fields: str) -> str:
        """The number of a case of the citizen's, that waits for a decision."""
        number = self.work.submitted("shop.first", shop(latitude=next(self._spots), **fields), actor=self.actor_of(serial))
        if paid:
            self.work.pay(number)
        return number

    def counter_case(self, mobile_: str) -> str:
        """The number of a case that the clerk entered, for somebody who has no account."""
        number, clerk = self.case(), f"staff:{self.account('clerk').id}"
        with self.context.engine.begin() as connection:
            values = {"owner": "", "mobile": mobile_, "channel": "centre", "entered_by": clerk}
            connection.execute(update(applications).where(applications.c.number == number).values(values))
        return number

    def named(self, number: str) -> str:
        """The mobile that a case names."""
        with self.context.engine.connect() as connection:
            return connection.scalar(select(applications.c.mobile).where(applications.c.number == number)) or ""

    def told(self, recipient: str) -> list[str]:
        """What was written to a number."""
        with self.context.engine.connect() as connection:
            return list(connection.scalars(select(messages.c.event).where(messages.c.recipient == recipient).order_by(messages.c.id)))

    def held(self, number: str) -> str:
        return re.findall(r'data-holder="(\d+)"', self.visitors["manager"].get(f"/centre/applications/{number}").text)[0]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, unlocked: Keys) -> Iterator[Shared]:
    folder = tmp_path_factory.mktemp("shared")
    made, clerk, _ = unlocked
    built = Shared(offices.furnish(folder / "office", made, str(folder / "r.sqlite")).folder, str(folder / "r.sqlite"), clerk)
    built.furnish()
    yield built
    built.close()


def at(number: str, what: str = "") -> str:
    return f"/centre/applications/{number}{what and '/' + what}"


def numbers_of(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/centre/applications/([^"]+)"', page)


def test_mine_unassigned_and_all(town: Shared) -> None:
    reviewer, mine, free = town.visitors["reviewer"], town.case(), town.case()
    assert {mine, free} <= set(numbers_of(reviewer.get("/centre/").text)), "whoever has nothing begins with all"
    reviewer.post(at(mine, "take"), 303, seen="0")
    first = reviewer.get("/centre/").text
    assert numbers_of(first) == [mine], "whoever has something begins with that"
    assert re.search(r'who=mine"[^>]*aria-current="page"', first)
    unassigned = numbers_of(reviewer.get("/centre/?who=none").text)
    assert free in unassigned and mine not in unassigned
    assert {mine, free} <= set(numbers_of(reviewer.get("/centre/?who=all").text))
    assert numbers_of(reviewer.get("/centre/?who=mine&state=objection").text) == []
    reviewer.get(f"/centre/?who={'9' * 30}")
    reviewer.post(at(mine, "back"), 303)


def test_taking_over_is_one_click_and_told(town: Shared) -> None:
    reviewer, second, number = town.visitors["reviewer"], town.visitors["second"], town.case()
    reviewer.post(at(number, "take"), 303, seen="0")
    assert town.held(number) == str(town.account("reviewer").id)
    late = second.post(at(number, "take"), 409, seen="0")
    assert "changed_meanwhile" in faults(late.text), "somebody was faster"
    second.post(at(number, "take"), 303, seen=town.held(number))
    told = reviewer.get("/centre/?who=all").text
    assert 'id="untold"' in told and number in told.split('id="untold"')[1].split("</section>")[0]
    reviewer.post("/centre/work/seen", 303)
    assert 'id="untold"' not in reviewer.get("/centre/?who=all").text
    assert "reviewer" in plain(second.get(at(number)).text).lower(), "the case's history says who had it"


def test_two_people_on_one_case_and_nothing_typed_is_lost(town: Shared) -> None:
    """Both opened it; the first decides. The second is told so, with the reason still in the box; a note goes through all the same."""
    reviewer, second, number = town.visitors["reviewer"], town.visitors["second"], town.case()
    version = re.findall(r'name="version" value="(\d+)"', second.get(at(number)).text)[0]
    reviewer.post(at(number, "do/request_inspection"), 303, version=version, reason="حدود")
    words = "المحل يشغل الرصيف كله، والعقد ناقص"
    late = second.post(at(number, "do/reject"), 409, version=version, reason=words)
    assert "changed_meanwhile" in faults(late.text)
    town.visitors["clerk"].post(at(number, "mobile"), 409, version=version, mobile=mobile(55), why="كتبته خطأ")
    second.post(at(number, "notes"), 303, note=words)
    assert words in plain(second.get(at(number)).text)


def test_what_was_typed_stays_in_a_form_that_is_refused(town: Shared) -> None:
    clerk, number = town.visitors["clerk"], town.case()
    typed = {"mobile": "0123", "why": "رقم ناقص"}
    page = clerk.post(at(number, "mobile"), 422, **typed).text
    assert "mobile_invalid" in faults(page) and all(f'value="{text}"' in page for text in typed.values())
    long = "س" * 1001
    page = clerk.post(at(number, "notes"), 422, note=long).text
    assert "note_long" in faults(page) and long in page
    page = town.visitors["manager"].post(at(number, "give"), 422, to="0", note="للعلم").text
    assert "assign_unknown" in faults(page) and 'value="للعلم"' in page


def test_notes_are_for_colleagues_alone(town: Shared) -> None:
    number, citizen = town.case(), town.visitors["citizen"]
    town.visitors["reviewer"].post(at(number, "notes"), 303, note=f"{SECRET}\r\n<b>x</b>")
    for role in ("clerk", "cashier", "manager", "second"):
        text = town.visitors[role].get(at(number)).text
        assert SECRET in text and "<b>x</b>" not in text
    town.visitors["administrator"].get(at(number), 403)
    town.visitors["administrator"].post(at(number, "notes"), 403, note="x")
    town.visitors["reviewer"].post(at(number, "take"), 303)
    shown = citizen.get(f"/applications/{number}").text
    assert SECRET not in shown and "assign" not in shown and "reviewer" not in plain(shown).lower()
    assert SECRET not in citizen.get("/applications").text
    town.visitors["reviewer"].post(at(number, "do/return"), 303, reason="ينقص العقد")
    with town.context.engine.connect() as connection:
        assert not [text for text in connection.scalars(select(messages.c.text)) if SECRET in text]
        (line,) = connection.execute(select(notes.c.actor, notes.c.text).where(notes.c.text.contains(SECRET))).all()
    assert line.actor == f"staff:{town.account('reviewer').id}" and line.text == f"{SECRET}\n<b>x</b>"


def test_a_number_is_shown_by_a_click_and_each_is_kept(town: Shared) -> None:
    number, reviewer = town.case(), town.visitors["reviewer"]
    whole = f"0{town.named(number)[3:]}"
    assert whole not in reviewer.get(at(number)).text
    shown = reviewer.post(at(number, "call"), 200, why="documents")
    assert whole in shown.text and "no-store" in shown.headers["Cache-Control"]
    assert whole not in reviewer.get(at(number)).text, "once"
    assert "look_reason" in faults(reviewer.post(at(number, "call"), 422, why="curious").text)
    cashier = town.visitors["cashier"].post(at(number, "call"), 422, why="payment")
    assert "look_not_yours" in faults(cashier.text) and whole not in cashier.text, "there is nothing to pay"
    unpaid = town.case(paid=False)
    town.visitors["cashier"].post(at(unpaid, "call"), 200, why="payment")
    town.visitors["administrator"].post(at(number, "call"), 403, why="other")
    with town.context.engine.connect() as connection:
        lines = connection.execute(select(looks.c.actor, looks.c.why).order_by(looks.c.id.desc()).limit(2)).all()
    assert [tuple(line) for line in lines] == [
        (f"staff:{town.account('cashier').id}", "payment"),
        (f"staff:{town.account('reviewer').id}", "documents"),
    ]
    listed = town.visitors["manager"].get("/centre/work/looks").text
    assert number in listed and unpaid in listed
    mine = town.visitors["manager"].get(f"/centre/work/looks?who={town.account('cashier').id}").text.split('id="looks"')[1]
    assert unpaid in mine and number not in mine
    reviewer.get("/centre/work/looks", 403)


def test_who_reads_many_numbers_has_to_wait(town: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "_FREE_LOOKS", 2)
    number, second = town.case(), town.visitors["second"]
    answers = [second.post(at(number, "call"), why="other").status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]


def test_a_wrong_digit_is_corrected_and_the_old_number_told(town: Shared) -> None:
    old, new = f"+20{1_099_900_001}", mobile(801)
    number, clerk = town.counter_case(old), town.visitors["clerk"]
    assert "reason_missing" in faults(clerk.post(at(number, "mobile"), 422, mobile=new, why=" ").text)
    assert "mobile_same" in faults(clerk.post(at(number, "mobile"), 422, mobile=old, why="x").text)
    clerk.post(at(number, "mobile"), 303, mobile=new, why="رقم خطأ")
    assert town.named(number) == f"+2{new}"
    assert [event for event in town.told(old) if event.endswith("/mobile")], "whoever loses it learns of it"
    page = clerk.get(at(number)).text
    assert "رقم خطأ" in page and old[3:] not in page and "0109••••0001" not in page and "0001" in page
    assert number in clerk.get(f"/centre/?q={new}").text, "it is found by the new number"
    clerk.post(at(number, "again"), 303)
    assert [event for event in town.told(f"+2{new}") if event.startswith(f"{number}/again/")]
    town.now += 60
    assert clerk.post(at(number, "again")).status_code == 303
    town.now += 60
    assert clerk.post(at(number, "again")).status_code == 303
    town.now += 60
    assert "message_often" in faults(clerk.post(at(number, "again"), 422).text)


def test_a_clerk_does_not_take_over_a_citizen_s_case_by_its_mobile(town: Shared) -> None:
    """The clerk's own phone: the case has an owner, so a second person decides; the account keeps its number in any case."""
    number, clerk, mine = town.case(), town.visitors["clerk"], mobile(666)
    before = town.named(number)
    clerk.post(at(number, "mobile"), 303, mobile=mine, why="طلب المواطن")
    assert town.named(number) == before and not [event for event in town.told(before) if event.endswith("/mobile")]
    (id_,) = re.findall(rf"{number}/mobile/(\d+)", town.visitors["manager"].get(at(number)).text)
    assert "mobile_waiting" in faults(clerk.post(at(number, "mobile"), 422, mobile=mobile(667), why="x").text)
    assert "look_not_yours" in faults(clerk.post(at(number, f"mobile/{id_}"), 422, decision="agree").text), "not by whoever asked"
    town.visitors["cashier"].post(at(number, f"mobile/{id_}"), 422, decision="agree")
    other = town.case()
    assert "mobile_not_waiting" in faults(town.visitors["manager"].post(at(other, f"mobile/{id_}"), 422, decision="agree").text)
    town.visitors["manager"].post(at(number, f"mobile/{id_}"), 400, decision="perhaps")
    town.visitors["manager"].post(at(number, f"mobile/{id_}"), 303, decision="refuse")
    assert town.named(number) == before
    thief = town.citizen(666)
    thief.get(f"/applications/{number}", 404)
    clerk.post(at(number, "mobile"), 303, mobile=mine, why="حضر بنفسه")
    (id_,) = re.findall(rf"{number}/mobile/(\d+)", town.visitors["manager"].get(at(number)).text)
    town.visitors["manager"].post(at(number, f"mobile/{id_}"), 303, decision="agree")
    assert town.named(number) == f"+2{mine}" and [event for event in town.told(before) if event.endswith("/mobile")]
    thief.get(f"/applications/{number}", 404)
    town.visitors["citizen"].get(f"/applications/{number}")
    with town.context.engine.connect() as connection:
        assert connection.scalar(select(citizens.c.mobile).where(citizens.c.id == int(town.actor_of(1).id))) == f"+2{mobile(1)}"
        kept = connection.execute(select(changes.c.old, changes.c.new).where(changes.c.reason == "حضر بنفسه")).one()
    assert all("••••" in text for text in kept), "no whole number stays behind"


def test_a_number_that_somebody_proved_needs_two(town: Shared) -> None:
    number = town.counter_case(f"+2{mobile(1)}")  # the citizen signs in with it, and sees the case by it
    town.visitors["clerk"].post(at(number, "mobile"), 303, mobile=mobile(900), why="x")
    assert town.named(number) == f"+2{mobile(1)}"


def test_a_colleague_s_number_gets_on_no_case(town: Shared) -> None:
    clerk = town.account("clerk").id
    with town.context.engine.begin() as connection:
        row = {"account_id": clerk, "mobile": f"+2{mobile(901)}", "set_at": NOW, "set_by": "console"}
        connection.execute(contacts.insert().values(row))
    number = town.counter_case(f"+20{1_099_900_002}")
    assert "mobile_staff" in faults(town.visitors["clerk"].post(at(number, "mobile"), 422, mobile=mobile(901), why="x").text)


def test_rules_leave_and_board_by_hand(town: Shared) -> None:
    manager, reviewer, number = town.visitors["manager"], town.visitors["reviewer"], town.case()
    ids = {name: str(town.account(name).id) for name in ("reviewer", "second")}
    manager.post("/centre/work/rules", 303, authority="MN1", service="shop", state="under_review", person=ids["reviewer"])
    assert "rule_there" in faults(manager.post("/centre/work/rules", 422, authority="MN1", service="shop", state="under_review").text)
    assert "leave_days" in faults(reviewer.post("/centre/work/leave", 422, first="2026-11-26", last="2026-11-25").text)
    assert "field_missing" in faults(reviewer.post("/centre/work/leave", 422, first="", last="").text)
    reviewer.post("/centre/work/leave", 303, first="24/11/2026", last="25/11/2026", stand_in=ids["second"])
    assert "leave_yours" in reviewer.get("/centre/").text and "leave_stood_in" in town.visitors["second"].get("/centre/").text
    dealing.run(town.context.engine, town.context.office(), town.now)
    assert town.held(number) == ids["second"]
    id_ = re.findall(r"/leave/(\d+)/end", reviewer.get("/centre/work/leave").text)[0]
    assert "leave_unknown" in faults(town.visitors["second"].post(f"/centre/work/leave/{id_}/end", 422).text)
    reviewer.post(f"/centre/work/leave/{id_}/end", 303)
    with town.context.engine.begin() as connection:
        late = {"due_at": NOW - 5 * DAY, "escalated": True}
        connection.execute(update(applications).where(applications.c.number == number).values(late))
    board = manager.get("/centre/work/board").text
    row = re.findall(rf'<tr class="late" data-person="{ids["second"]}" data-state="under_review">(.*?)</tr>', board, re.DOTALL)[0]
    assert "متأخر" in plain(row) and f"who={ids['second']}&amp;state=under_review&amp;late=1" in row.replace("&&", "&amp;")
    assert numbers_of(manager.get(f"/centre/?who={ids['second']}&state=under_review&late=1").text) == [number]
    csv = manager.get("/centre/work/board.csv").text
    assert "Second,under_review" in csv and ",1," in csv
    page = manager.get(f"/centre/work/hand-over?from={ids['second']}").text
    assert f'value="{number}" checked' in page
    manager.post("/centre/work/hand-over", 303, **{"from": ids["second"], "case": number, "to": ids["reviewer"], "note": "إلى صاحبتها"})
    assert town.held(number) == ids["reviewer"] and "إلى صاحبتها" in reviewer.get(at(number)).text
    left = manager.post("/centre/work/hand-over", 200, **{"from": ids["second"], "case": number, "to": ids["second"]})
    assert "assign_gone" in faults(left.text)


def test_the_board_shows_some_people_at_a_time(town: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = town.visitors["manager"]
    for name in ("reviewer", "second"):
        town.visitors[name].post(at(town.case(), "take"), 303)
    whole = re.findall(r'data-person="(\w+)"', manager.get("/centre/work/board").text)
    people = list(dict.fromkeys(whole))
    assert len(people) >= 2 and 'rel="next"' not in manager.get("/centre/work/board").text
    monkeypatch.setattr(board, "PAGE", 1)
    path, seen = "/centre/work/board", []
    while path:
        page = manager.get(path).text
        seen += re.findall(r'data-person="(\w+)"', page)
        further = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(further[1]) if further else ""
    assert seen == whole, "each person once, and all of their steps together"
    assert manager.get("/centre/work/board?authority=MN1&passed=1").text.count('name="authority"') <= 1
    behind = manager.get("/centre/work/board?passed=4711&authority=MN1").text
    assert re.findall(r'data-person="(\w+)"', behind) == [] and 'href="/centre/work/board?authority=MN1"' in behind
    assert "ولا طلب عند أحد" not in behind, "that there is nobody further on is not that nobody has a case"
    for wrong in ("x", "-1", "0", "1" * 16, "\u0661"):
        assert "page_unknown" in faults(manager.get(f"/centre/work/board?passed={wrong}", 422).text)
    assert manager.get("/centre/work/board.csv").text.count("\n") == len(whole) + 1, "the table has everybody"


def test_forms_from_elsewhere_change_nothing(town: Shared) -> None:
    number, reviewer = town.case(), town.visitors["reviewer"]
    for path in (
        at(number, "take"),
        at(number, "notes"),
        at(number, "call"),
        at(number, "mobile"),
        "/centre/work/leave",
        "/centre/work/seen",
    ):
        for data, headers in (({}, {}), ({"form": "0" * 64}, {}), ({"form": reviewer.csrf}, {"Origin": "https://evil.example"})):
            answer = reviewer.http.post(path, data={"note": "x", "why": "other", **data}, headers=headers)
            assert answer.status_code == 403 and "forged" in faults(answer.text), path
    with town.context.engine.connect() as connection:
        id_ = connection.scalar(select(applications.c.id).where(applications.c.number == number))
        for table in (assignments, notes, looks, changes):
            assert connection.execute(select(table.c.id).where(table.c.application_id == id_)).all() == []


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_day_of_shared_work_in_a_browser(town: Shared, browsers: Browsers, language: str) -> None:
    """By keys: a case is taken from the unassigned, noted on and given on; the colleague finds it first thing, calls and hands it over."""
    number, other = town.case(), town.case()
    ids = {name: str(town.account(name).id) for name in ("reviewer", "second", "manager")}
    with served(town) as address:
        page = browsers.page(address, visitor=town.visitors["reviewer"])
        page.context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
        page.goto("/centre/?who=all")
        with page.expect_navigation(url="**who=none*"):
            page.keyboard.press("u")
        page.goto(at(number))
        page.locator("#holder button").first.press("Enter")
        page.wait_for_url("**#holder")
        expect(page.locator("#holder")).to_have_attribute("data-holder", ids["reviewer"])
        page.fill("#note", "العقد الأصلي عند المالك")
        page.locator("#note").press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**#notes")
        expect(page.locator("#notes")).to_contain_text("العقد الأصلي عند المالك")
        page.locator("#holder summary").first.press("Enter")
        page.select_option("#give-to", ids["second"])
        page.fill("#give-note", "تعرف الشارع")
        page.locator("#holder form[action$=give] button").press("Enter")
        page.wait_for_url("**#holder")
        expect(page.locator("#holder")).to_have_attribute("data-holder", ids["second"])
        second = browsers.page(address, visitor=town.visitors["second"], narrow=True)
        second.context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
        second.goto(at(number))
        second.select_option("#why", "site")
        second.locator("form[action$=call] button").click()
        expect(second.locator("#reach a[href^='tel:']")).to_have_attribute("href", f"tel:0{town.named(number)[3:]}")
        second.goto("/centre/work/hand-over")
        for box in second.locator("input[name=case]").all():
            box.set_checked(box.get_attribute("value") == number)
        second.select_option("#to", ids["manager"])
        second.locator("main form.panel button.primary").click()
        expect(second.locator("p.good")).to_be_visible()
    assert town.held(number) == ids["manager"] and town.held(other) == "0"
