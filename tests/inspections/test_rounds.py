"""The day's lists: made by risk or by the longest not seen, told to phones, gone another way with a reason, looked at by supervisors."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

import khatm
from accounts import directory
from inspections.alerts import store as alerts
from inspections.planning.tables import lots, models, plans, reorders
from inspections.rounds import history, learning, making
from inspections.visits import recounting
from inspections.visits.tables import inspections
from seal import days
from seal.site import Point, Site
from tests.inspections.phone import Answer, Phone
from tests.inspections.rounds import number, past, shops, today
from tests.inspections.street import Street
from tests.inspections.town import Visitor, plain
from tests.world import SHOP_SITE


def supervisor(street: Street) -> Visitor:
    return Visitor(street, street.account("salma", ("MID", "supervisor")))


def again(street: Street) -> Visitor:
    """Salma, on another day: her session is over."""
    with street.engine.connect() as connection:
        salma = directory.find(connection, "salma")
    return Visitor(street, salma)


def amal(street: Street) -> Phone:
    return street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))


def make(street: Street, visitor: Visitor, officer: str = "amal", **more: Any) -> str:
    """Make a list by the page; return its address beneath /inspections."""
    made = visitor.post("/day", authority="MID", day=today(street), officer=officer, **more)
    return made.location.removeprefix("/inspections")


def fetched(phone: Phone) -> dict[str, Any]:
    status, told = phone.ask("GET", "/day")
    assert status == 200
    listed: dict[str, Any] = told["list"]
    return listed


def numbers(listed: dict[str, Any]) -> list[str]:
    return [each["number"] for each in listed["stops"]]


def reorder(phone: Phone, listed: dict[str, Any], name: bytes, **changes: Any) -> Answer:
    told = {"list": listed["id"], "officer": "amal", "at": phone.now, "before": numbers(listed), "after": numbers(listed)[::-1]}
    return phone.ask("PUT", f"/day/reorders/{name.hex()}", told | {"reason": "السوق مزدحم صباحًا"} | changes)


def test_without_a_past_the_longest_not_seen_come_first_and_nothing_is_called_a_risk(each_street: Street) -> None:
    street, phone = each_street, amal(each_street)
    shops(street, 40)
    visitor = supervisor(street)
    assert fetched(phone) is None
    page = visitor.get("/day").text
    assert 'data-basis="unseen"' in page and "0 من 500" in plain(page)
    address = make(street, visitor)
    page = visitor.get(address).text
    assert 'data-basis="unseen"' in page and "احتمال مخالفة" not in page and "السجل أقصر من أن يُقدَّر منه خطر" in page
    listed = fetched(phone)
    assert (listed["basis"], listed["learnt_until"], listed["officer"], len(listed["stops"])) == ("unseen", None, "amal", 12)
    by_lot = {each["number"] for each in listed["stops"] if each["chosen"] == "random"}
    expected = [number(serial) for serial in range(1, 41) if number(serial) not in by_lot][:10]
    assert len(by_lot) == 2 and {each["number"] for each in listed["stops"] if each["chosen"] == "unseen"} == set(expected)
    stop = next(each for each in listed["stops"] if each["number"] == expected[0])
    assert re.fullmatch(r"never inspected since it was licensed 39\d days ago", stop["why"]["en"])
    assert "risk" not in stop and "probability" not in stop
    along = [each["latitude"] for each in listed["stops"]]
    assert sum(abs(one - other) for one, other in pairwise(along)) < 2.1 * (max(along) - min(along)), "a short way"


def test_what_was_seen_lately_waits(street: Street, phone: Phone) -> None:
    shops(street, 14)
    text = street.world.seal(street.world.license())
    phone.record(kind="license", result="in_order", code=text)
    phone.sync()
    with street.engine.begin() as connection:  # the world's own shop has another number than ours
        connection.execute(update(inspections).values(number=number(1), license_authority="MID"))
        recounting.recount(connection)
    visitor = supervisor(street)
    visitor.post("/day/wishes", authority="MID", share="0", capacity="13")
    street.now += 86_400
    make(street, again(street))
    street.signed_in(phone)
    assert number(1) not in numbers(fetched(phone)) and len(fetched(phone)["stops"]) == 13


def test_a_past_is_learnt_from_every_morning(each_street: Street) -> None:
    street, phone = each_street, amal(each_street)
    shops(street, 80)
    past(street, 80, bad=range(21, 27))
    visitor = supervisor(street)
    assert "khatm inspections plan" in visitor.get("/day").text, "the page says what is missing"
    visitor.post("/day/wishes", authority="MID", share="25.00", capacity="8")
    told = plan(street)
    assert "Risk learnt from before" in told and "MID: 1 lists made, 0 were there" in told
    listed = fetched(phone)
    risky = {each["number"] for each in listed["stops"] if each["chosen"] == "risk"}
    bad = {number(serial) for serial in range(21, 27)}
    assert len(risky) == 6 and len(risky & bad) >= 5, "those that were found wanting before"
    assert [each["chosen"] for each in listed["stops"]].count("random") == 2
    why = next(each["why"]["en"] for each in listed["stops"] if each["number"] in risky & bad)
    assert "critical" in why
    page = visitor.get(f"/day/{listed['id']}").text
    assert 'data-basis="risk"' in page and "احتمال مخالفة خطيرة" in page
    assert "critical_rate" in visitor.get("/day").text, "the features are listed"
    assert "MID: 0 lists made, 1 were there" in plan(street)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "WAITED_FOR", 80 * 700)
        patch.setattr(history, "visits", None)  # nothing is read to find that out
        page = visitor.post("/day", 422, authority="MID", day=today(street), officer="amal").text
    assert 'data-code="list_large"' in page
    assert f"khatm inspections plan --authority MID --day {today(street)}</code>" in page, "the page says what to run"
    there = {"since": days.day_of(street.now) - history.REMEMBERED, "until": days.day_of(street.now)}
    with street.engine.connect() as connection:
        scans = len(history.visits(connection, None, **there))
        assert history.more_than(connection, scans - 1, **there) and not history.more_than(connection, scans, **there)
        assert connection.scalar(select(func.count()).select_from(models)) == 1, "within a week it is not learnt anew"
        held = learning.newest(connection)
        assert held is not None and held.model.learnt_until == days.day_of(street.now)


def plan(street: Street, *more: str, exit_code: int = 0) -> str:
    where = ["--database", street.locations.database, "--files", str(street.locations.files), "--sites", str(street.settings.sites)]
    lists = ["--published", str(street.settings.published), "--root", str(street.settings.root)]
    now = days.EPOCH + timedelta(seconds=street.now)
    ran = CliRunner().invoke(khatm.main, ["inspections", "plan", *where, *lists, "--now", now.isoformat(), *more])
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def test_the_command_says_what_hinders(street: Street) -> None:
    phone = amal(street)
    assert "sites_missing" in plan(street, exit_code=2)
    shops(street, 5)
    assert "history_short" in (told := plan(street)) and "0 of 500 visits" in told and "MID: 1 lists made" in told
    assert "day_past" in plan(street, "--day", "2020-01-01", exit_code=2)
    assert "sites_missing" in plan(street, "--authority", "NOWH", exit_code=2)
    street.signed_in(street.phone(street.account("badr", ("MID", "inspector"))), "badr")
    assert "sites_none_left" in plan(street), "five shops, all on Amal's list"
    assert len(fetched(phone)["stops"]) == 5


@pytest.mark.parametrize(("share", "drawn"), [("33.33", 4), ("33.34", 5), ("٠", 0), ("100", 12)])
def test_the_share_counts_to_the_second_decimal(street: Street, phone: Phone, share: str, drawn: int) -> None:
    shops(street, 40)
    visitor = supervisor(street)
    visitor.post("/day/wishes", authority="MID", share=share, capacity="12")
    make(street, visitor)
    assert [each["chosen"] for each in fetched(phone)["stops"]].count("random") == drawn


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"share": "33.333"}, "share_invalid"),
        ({"share": "100.01"}, "share_invalid"),
        ({"share": ""}, "share_invalid"),
        ({"capacity": "61"}, "capacity_range"),
        ({"capacity": "x"}, "capacity_range"),
        ({"latitude": "31.2"}, "start_invalid"),
        ({"latitude": "91", "longitude": "29"}, "start_invalid"),
    ],
)
def test_wishes_that_are_none_are_told_beside_the_form_and_change_nothing(street: Street, wrong: dict[str, str], code: str) -> None:
    shops(street, 5)
    visitor = supervisor(street)
    visitor.post("/day/wishes", authority="MID", share="12.50", capacity="9", latitude="31.2", longitude="29.9")
    fields = {"authority": "MID", "share": "1", "capacity": "1", "latitude": "", "longitude": ""} | wrong
    assert f'data-code="{code}"' in visitor.post("/day/wishes", 422, **fields).text
    page = visitor.get("/day").text
    assert 'value="12.50"' in page and 'value="9"' in page and 'value="31.2"' in page and "salma" in page


def test_the_way_begins_where_the_authority_says(street: Street, phone: Phone) -> None:
    held = shops(street, 12)
    visitor = supervisor(street)
    for end in (held[0], held[-1]):
        start = {"latitude": f"{end.latitude:.6f}", "longitude": f"{end.longitude:.6f}"}
        visitor.post("/day/wishes", authority="MID", share="0", capacity="12", **start)
        make(street, visitor)
        first, last = fetched(phone)["stops"][0], fetched(phone)["stops"][-1]
        near = {first["number"], last["number"]}
        assert number(int.from_bytes(end.cti[1:4], "big")) in near, "a closed way begins or ends there"


def test_two_inspectors_are_not_sent_to_one_shop(street: Street, phone: Phone) -> None:
    shops(street, 30)
    badr = street.signed_in(street.phone(street.account("badr", ("MID", "inspector"))), "badr")
    visitor = supervisor(street)
    make(street, visitor)
    make(street, visitor, "badr")
    assert not set(numbers(fetched(phone))) & set(numbers(fetched(badr)))
    with street.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(lots)) == 1, "one lot a day"


def test_what_an_open_alert_asks_for_is_on_the_list(street: Street, phone: Phone) -> None:
    shops(street, 40)
    about: dict[str, Any] = {"authority": "MID", "number": number(40), "inspections": [], "evidence": {}}
    with street.engine.begin() as connection:
        alerts.keep(connection, rule="never_seen", subject="x", now=street.now, **about)
    make(street, supervisor(street))
    stop = next(each for each in fetched(phone)["stops"] if each["number"] == number(40))
    assert stop["chosen"] in ("alert", "random") and stop["why"]["en"] in ("an open alert asks for it", "drawn by lot")


def test_an_inspection_marks_its_stop_done(street: Street, phone: Phone) -> None:
    shops(street, 20)
    visitor = supervisor(street)
    address = make(street, visitor)
    assert not any(each["seen_at"] for each in fetched(phone)["stops"])
    first = numbers(fetched(phone))[0]
    phone.record(kind="license", result="in_order", code=street.world.seal(street.world.license(site=Site(SHOP_SITE.point, 30))))
    phone.sync()
    with street.engine.begin() as connection:
        connection.execute(update(inspections).values(number=first, license_authority="MID"))
    assert fetched(phone)["stops"][0]["seen_at"] == phone.now - 20
    assert visitor.get(address).text.count("pill confirmed") == 1
    with street.engine.begin() as connection:
        connection.execute(update(inspections).values(state="set_apart"))
    assert not any(each["seen_at"] for each in fetched(phone)["stops"]), "what is set apart counts for nothing"


def test_another_order_is_kept_once_with_its_reason_and_seen(each_street: Street) -> None:
    street, phone = each_street, amal(each_street)
    shops(street, 20)
    visitor = supervisor(street)
    address, name = make(street, visitor), secrets.token_bytes(16)
    listed = fetched(phone)
    assert reorder(phone, listed, name) == (201, {"id": name.hex(), "state": "kept"})
    for _ in range(4):
        assert reorder(phone, listed, name) == (200, {"id": name.hex(), "state": "kept"})
    assert numbers(fetched(phone)) == numbers(listed)[::-1]
    page = visitor.get(address).text
    assert "السوق مزدحم صباحًا" in page and "لم يكن مسجلًا" not in page
    assert re.findall(r'<tr data-number="([^"]+)"', page) == numbers(listed)[::-1]
    second = fetched(phone)
    assert reorder(phone, second, secrets.token_bytes(16), reason="عدت إلى المخطط")[0] == 201
    assert numbers(fetched(phone)) == numbers(listed), "the last one counts"
    with street.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(reorders)) == 2


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"after": ["ALX-MID-2026-0000001-X"]}, 422, "reorder_other_stops"),
        ({"reason": " .. "}, 422, "reason_length"),
        ({"reason": "x" * 301}, 422, "reason_length"),
        ({"officer": "badr"}, 422, "list_foreign"),
        ({"list": 999}, 404, "list_unknown"),
        ({"list": "1"}, 422, "input_invalid"),
        ({"before": ["<script>"]}, 422, "input_invalid"),
        ({"more": 1}, 422, "input_invalid"),
    ],
)
def test_an_order_that_is_none_is_refused_by_a_code(street: Street, phone: Phone, changes: dict[str, Any], status: int, code: str) -> None:
    shops(street, 5)
    make(street, supervisor(street))
    answer = reorder(phone, fetched(phone), secrets.token_bytes(16), **changes)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)
    same = reorder(phone, fetched(phone), secrets.token_bytes(16), after=numbers(fetched(phone)))
    assert same[1]["error"]["code"] == "reorder_nothing_changed"


def test_one_id_is_one_order(street: Street, phone: Phone) -> None:
    shops(street, 5)
    make(street, supervisor(street))
    listed, name = fetched(phone), secrets.token_bytes(16)
    assert reorder(phone, listed, name)[0] == 201
    assert reorder(phone, listed, name, reason="سبب آخر")[1]["error"]["code"] == "reorder_differs"


def test_an_order_of_a_list_that_was_replaced_meanwhile_is_not_lost(street: Street, phone: Phone) -> None:
    shops(street, 20)
    visitor = supervisor(street)
    old = make(street, visitor)
    listed = fetched(phone)
    new = make(street, visitor)
    assert new != old
    assert reorder(phone, listed, secrets.token_bytes(16))[1]["state"] == "replaced"
    assert fetched(phone)["id"] != listed["id"]
    page = visitor.get(old).text
    assert "السوق مزدحم صباحًا" in page and "حلت محلها قائمة أحدث" in page


def test_who_was_not_signed_in_is_not_credited(street: Street, phone: Phone) -> None:
    shops(street, 5)
    visitor = supervisor(street)
    address = make(street, visitor)
    listed = fetched(phone)
    assert reorder(phone, listed, secrets.token_bytes(16), at=phone.now - 30 * 86_400)[0] == 201
    assert "لم يكن مسجلًا على الهاتف" in visitor.get(address).text


def test_a_phone_is_told_its_own_list_only(street: Street, phone: Phone) -> None:
    """That of whoever is signed in, else of its holder; a stopped phone none, but what it tells is kept."""
    shops(street, 30)
    visitor = supervisor(street)
    street.account("badr", ("MID", "inspector"))
    make(street, visitor)
    mine = fetched(phone)
    make(street, visitor, "badr")
    street.signed_in(phone, "badr")
    assert fetched(phone)["officer"] == "badr"
    assert phone.ask("POST", "/sign-out", {})[0] == 200
    assert fetched(phone)["officer"] == "amal"
    visitor.post(f"/devices/{phone.kid.hex()}/suspend")
    assert phone.ask("GET", "/day")[1]["error"]["code"] == "device_stopped"
    assert reorder(phone, mine, secrets.token_bytes(16))[0] == 201
    stranger = street.signed_in(street.phone(street.account("gamal", ("AGM", "inspector")), "AGM"), "gamal")
    assert fetched(stranger) is None
    assert reorder(stranger, mine, secrets.token_bytes(16))[1]["error"]["code"] == "list_unknown"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"officer": "nobody"}, 404, "account_unknown"),
        ({"officer": "salma"}, 422, "officer_unknown"),
        ({"day": "tomorrow"}, 422, "day_invalid_list"),
        ({"day": "2020-01-01"}, 422, "day_past"),
        ({"authority": "AGM"}, 403, "forbidden"),
    ],
)
def test_a_list_that_cannot_be_made_is_refused(street: Street, phone: Phone, fields: dict[str, str], status: int, code: str) -> None:
    shops(street, 5)
    sent = {"authority": "MID", "day": today(street), "officer": "amal"} | fields
    assert f'data-code="{code}"' in supervisor(street).post("/day", status, **sent).text
    with street.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(plans)) == 0


def test_the_table_of_fairness_tells_lists_and_lot_apart(street: Street, phone: Phone) -> None:
    shops(street, 30)
    visitor = supervisor(street)
    assert "لا زيارات بعد" in visitor.get("/day/fairness").text
    visitor.post("/day/wishes", authority="MID", share="50", capacity="4")
    make(street, visitor)
    chosen = {each["number"]: each["chosen"] for each in fetched(phone)["stops"]}
    asked = [each for each, why in chosen.items() if why != "random"]
    lot = [each for each, why in chosen.items() if why == "random"]
    elsewhere = next(number(serial) for serial in range(1, 31) if number(serial) not in chosen)
    for each, severity in ((asked[0], "critical"), (asked[0], None), (lot[0], None), (lot[1], "critical"), (elsewhere, None)):
        phone.record(kind="license", code=street.world.seal(street.world.license(site=Site(Point(31.2, 29.9), 30))))
        phone.sync()
        with street.engine.begin() as connection:
            newest = select(func.max(inspections.c.id)).scalar_subquery()
            told = {"number": each, "license_authority": "MID", "severity": severity}
            connection.execute(update(inspections).where(inspections.c.id == newest).values(told))
    street.now += 86_400
    visitor = again(street)
    row = re.search(r'<tr data-authority="MID">(.*?)</tr>', visitor.get("/day/fairness").text, re.DOTALL)
    assert row is not None
    figures = re.findall(r"\d+", plain(re.sub(r'data-th="[^"]*"', "", row[1])))
    assert figures == ["4", "25", "50", "2", "50"], "two scans of one shop on a day are one visit"
    chief = Visitor(street, street.account("nadia", ("AGM", "supervisor")))
    assert "لا زيارات بعد" in chief.get("/day/fairness").text


def test_lists_of_another_authority_are_not_there(street: Street, phone: Phone) -> None:
    shops(street, 5)
    address = make(street, supervisor(street))
    other = Visitor(street, street.account("nadia", ("AGM", "supervisor")))
    other.get(address, 404)
    assert "amal" not in other.get("/day?authority=MID").text


def test_the_lot_is_nobody_s_to_know_before(street: Street, phone: Phone, tmp_path: Path) -> None:
    shops(street, 40)
    visitor = supervisor(street)
    visitor.post("/day/wishes", authority="MID", share="100", capacity="5")
    make(street, visitor)
    first = set(numbers(fetched(phone)))
    street.now += 86_400
    street.signed_in(phone)
    make(street, again(street))
    assert set(numbers(fetched(phone))) != first
    with street.engine.connect() as connection:
        assert len(set(map(bytes, connection.scalars(select(lots.c.lot))))) == 2
