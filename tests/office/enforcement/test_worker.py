"""The worker of enforcement: a notice is sealed once for ever, whoever is killed and whoever is away, and everything arrives once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import select

from issuer.clock_guard import ClockGuard
from issuer.register.tables import licenses
from office import mobiles
from office.enforcement import objections, sealing
from office.enforcement.errors import UnreachableError
from office.enforcement.service import Service
from office.enforcement.tables import notices as table
from office.enforcement.tables import objections as kept
from office.enforcement.worker import Worker
from office.messages.tables import messages
from seal import notices
from tests import clock
from tests.conftest import ROOT
from tests.issuer.offices import SECONDS, row
from tests.office.applications.workplace import shop
from tests.office.desk.house import mobile
from tests.office.enforcement.conftest import Desk
from tests.office.enforcement.connected import Connected, blank
from tests.office.enforcement.over_there import ROOT as THERE
from tests.office.enforcement.over_there import TOKEN, OverThere, told
from tests.processes import PATIENCE_SECONDS


def verdict(desk: Desk, text: str) -> notices.NoticeVerdict:
    trust = desk.office.lists().trust
    return notices.verify(text, trust=trust, hosts=trust.hosts, now=datetime.fromtimestamp(SECONDS, UTC))


def stored(desk: Desk) -> dict[str, str]:
    with desk.engine.connect() as connection:
        return {row.number: row.text for row in connection.execute(select(table))}


def test_what_was_approved_is_sealed_stored_and_handed_over(desk: Desk, there: OverThere) -> None:
    numbers = [there.approve(serial) for serial in range(1, 6)]
    assert desk.round() == {"sealed": 5, "delivered": 5}
    assert {number: text for number, (text, _) in there.seals.items()} == stored(desk)
    for serial, number in enumerate(numbers, 1):
        text, pdf = there.seals[number]
        found = verdict(desk, text)
        assert (found.state, found.code) == ("notice", "notice_genuine")
        assert found.notice is not None and found.notice.number == number and found.notice.piastres == told(serial)["piastres"]
        assert (found.notice.lat, found.notice.lon) == (31_275_001, 30_005_002)
        assert pdf.startswith(b"%PDF-1.7")
    assert desk.round() == {}, "and nothing more happens"


MOMENTS = (
    ("office.enforcement.sealing:seals.sign", 1, "after"),
    ("office.enforcement.sealing:insert_once", 1, "after"),  # written, and not committed
    ("office.enforcement.service:Service.seal", 1, "before"),
    ("office.enforcement.service:Service.seal", 1, "after"),
    ("office.enforcement.delivering:_Delivery._note", 1, "before"),
    ("office.enforcement.delivering:_Delivery._note", 1, "after"),
)


def test_workers_that_are_killed_at_one_moment_after_the_other_seal_once_and_hand_over_once(desk: Desk, there: OverThere) -> None:
    """Each is killed with SIGKILL, and the next one goes on; the last comes to its end. A second text for a number would be refused."""
    numbers = {there.approve(serial) for serial in (1, 2)}
    desk.sign_today()
    words = desk.office.words("office", "enforce", "--once", "--inspections", desk.settings(), now=None)
    command = [sys.executable, "-m", "tests.office.enforcement.dying", json.dumps(MOMENTS), *words]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])["kills"] == len(MOMENTS)
    assert [each for each in there.asked if each.startswith("PUT")][:2] == [f"PUT {THERE}/notices/{min(numbers)}/seal"] * 2, "sent again"
    assert {number: text for number, (text, _) in there.seals.items()} == stored(desk)
    assert stored(desk).keys() == numbers
    with desk.engine.connect() as connection:
        assert {tuple(row) for row in connection.execute(select(table.c.error, table.c.due))} == {(None, None)}
    assert desk.round(clock.seconds()) == {}


def test_two_workers_keep_one_text(desk: Desk, there: OverThere) -> None:
    number = there.approve()
    one, other = desk.worker(), desk.worker()
    held = one._ready(SECONDS)
    first = sealing.run(desk.engine, desk.service, held, blank(held), now=SECONDS)
    there.notices[number]["state"] = "approved"
    assert first == {"sealed": 1}
    assert not sealing._seal(desk.engine, desk.service.approved().items[0], held, blank(held), now=SECONDS), "the first text stays"
    assert other.round(desk.engine, SECONDS) == {"delivered": 1}
    assert there.seals[number][0] == stored(desk)[number]


def sealed(desk: Desk) -> str:
    """Seal and store what waits, and hand nothing over; the text."""
    held = desk.worker()._ready(SECONDS)
    assert sealing.run(desk.engine, desk.service, held, blank(held), now=SECONDS) == {"sealed": 1}
    (text,) = stored(desk).values()
    return text


def test_inspections_that_is_away_gets_everything_when_it_is_back(desk: Desk, there: OverThere) -> None:
    number = there.approve()
    away = Worker(desk.office.locations, Service("http://127.0.0.1:9", TOKEN, seconds=1), blank, Random(1))
    assert away.round(desk.engine, SECONDS) == {"inspections_unreachable": 1}
    text = sealed(desk)
    now = SECONDS
    for status in (500, 502, 503, 429):
        there.answers = [(status, "x")]
        assert sealing_fails(desk, now) == "inspections_unreachable"
        assert desk.round(now) == {}, "it waits a while"
        now += 4_000
    assert desk.round(now) == {"delivered": 1}
    assert there.seals[number][0] == text


def sealing_fails(desk: Desk, now: int) -> str:
    with pytest.raises(UnreachableError) as caught:
        sealing.hand_over(desk.engine, desk.service, now=now, chance=Random(1))
    return caught.value.code


def test_a_list_that_is_refused_ends_the_round(desk: Desk, there: OverThere) -> None:
    there.approve()
    for status in (404, 400, 409):
        there.answers = [(status, "not_found")]
        assert desk.round() == {"inspections_answer": 1}
    assert desk.round() == {"sealed": 1, "delivered": 1}


@pytest.mark.parametrize("code", ["notice_sealed_otherwise", "notice_differs"])
def test_a_refused_seal_is_told_and_tried_again_hourly_with_the_same_text(desk: Desk, there: OverThere, code: str) -> None:
    number = there.approve()
    text = sealed(desk)
    there.answers = [(409, code)]
    assert sealing.hand_over(desk.engine, desk.service, now=SECONDS, chance=Random(1)) == {code: 1}
    with desk.engine.connect() as connection:
        row = connection.execute(select(table)).one()
    assert (row.error, row.delivered_at) == (code, None)
    assert desk.round(SECONDS + 60) == {}, "not in every round"
    assert desk.round(SECONDS + 3_601) == {"delivered": 1}
    assert there.seals[number][0] == text


def test_what_does_not_agree_with_the_register_is_not_sealed(desk: Desk, there: OverThere, caplog: pytest.LogCaptureFixture) -> None:
    desk.office.run("issue", desk.office.write("one.csv", [row()]), "--no-output")
    with desk.engine.connect() as connection:
        license_ = connection.scalars(select(licenses.c.number)).one()
    good = there.approve(1, license=license_)
    there.approve(2, license=f"{license_[:-9]}0999999-{license_[-1]}")
    there.approve(3, license=license_, authority="SHQ", number=notices.number("SHQ", 2026, 3))
    there.approve(4, number=notices.number("MN1", 2026, 4)[:-1] + wrong_check(notices.number("MN1", 2026, 4)))
    assert desk.round() == {"sealed": 1, "delivered": 1, "notice_facts_differ": 1, "no_notice_key": 1, "limit_broken": 1}
    assert stored(desk).keys() == {good} == there.seals.keys()
    caplog.clear()
    worker = desk.worker()
    for _ in range(3):
        assert worker.round(desk.engine, SECONDS)["notice_facts_differ"] == 1
    said_of = [record.getMessage() for record in caplog.records if record.name == "khatm.enforcement"]
    assert len(said_of) == 3 and f"notice {notices.number('MN1', 2026, 2)}: notice_facts_differ" in said_of, "each once"


def wrong_check(number: str) -> str:
    return "A" if number[-1] != "A" else "B"


def test_a_token_that_is_not_taken_is_told(desk: Desk, there: OverThere) -> None:
    there.approve()
    stranger = Worker(desk.office.locations, Service(desk.address, "another-token-altogether", seconds=PATIENCE_SECONDS), blank, Random(1))
    assert stranger.round(desk.engine, SECONDS) == {"inspections_token": 1}
    assert there.seals == {}


def test_an_answer_that_is_none_is_no_notice(desk: Desk, there: OverThere) -> None:
    for changes in ({"piastres": -1}, {"piastres": "500"}, {"occurrence": 4}, {"latitude": 91.0}, {"holder": ""}, {"names": {"ar": "x"}}):
        there.notices.clear()
        there.approve(1, **changes)
        assert desk.round() == {"inspections_answer": 1}, changes
    assert stored(desk) == {}


def test_the_command_seals_once_and_refuses_without_settings(desk: Desk, there: OverThere) -> None:
    number = there.approve()
    desk.sign_today()
    assert "inspections_missing" in desk.office.run("office", "enforce", "--once", now=None, exit_code=2).output
    settings = desk.settings()
    there.answers = [(503, "x")]
    assert (
        "inspections_unreachable" in desk.office.run("office", "enforce", "--once", "--inspections", settings, now=None, exit_code=2).output
    )
    told_ = desk.office.run("office", "enforce", "--once", "--inspections", settings, now=None).output
    assert "1 delivered, 1 sealed" in told_
    assert number in there.seals


def test_an_older_inspections_that_was_brought_back_gets_the_same_seal_again(desk: Desk, there: OverThere) -> None:
    number = there.approve()
    desk.round()
    text = there.seals.pop(number)[0]
    there.notices[number]["state"] = "approved"
    assert desk.round(SECONDS + 60) == {"delivered": 1}
    assert there.seals[number][0] == text


def _object(desk: Desk, number: str, now: int = SECONDS) -> str:
    found = verdict(desk, stored(desk)[number]).notice
    assert found is not None
    with desk.engine.begin() as connection:
        return objections.keep(connection, found, objections.parse("البضاعة ليست لي يا سادة", mobile()), now=now)


def test_an_objection_is_handed_over_once_with_the_moment_it_came_and_without_the_mobile(desk: Desk, there: OverThere) -> None:
    number = there.approve()
    desk.round()
    reference = _object(desk, number)
    assert reference.startswith("OBJ-MN1-2026-000001-")
    assert desk.round(SECONDS + 50) == {"notice_not_served": 1}, "it waits until somebody serves it"
    there.serve(number)
    assert desk.round(SECONDS + 100) == {}
    assert desk.round(SECONDS + 4_000) == {"delivered": 1}
    sent = there.objections[number]
    assert sent["at"] == SECONDS and set(sent) == {"id", "text", "at"}
    assert desk.round(SECONDS + 4_100) == {}


def test_whoever_left_a_mobile_is_told_of_the_decision_and_the_mobile_is_forgotten(desk: Desk, there: OverThere) -> None:
    number = there.approve()
    desk.round()
    there.serve(number)
    _object(desk, number)
    desk.round(SECONDS + 10)
    there.notices[number]["state"] = "cancelled"
    assert desk.round(SECONDS + 20) == {}, "not asked in every round"
    assert desk.round(SECONDS + 4_000) == {"told": 1}
    assert desk.round(SECONDS + 9_000) == {}
    with desk.engine.connect() as connection:
        assert connection.execute(select(kept.c.mobile, kept.c.outcome)).one() == ("", "cancelled")
        assert number in connection.scalars(select(messages.c.text)).one()


FINAL = ((409, "objection_late"), (409, "objection_made"), (409, "notice_closed"), (422, "objection_text"))


@pytest.mark.parametrize(("status", "code"), FINAL)
def test_an_objection_that_is_refused_is_sent_no_more(desk: Desk, there: OverThere, status: int, code: str) -> None:
    number = there.approve()
    desk.round()
    there.serve(number)
    _object(desk, number)
    there.answers = [(status, code)]
    assert desk.round(SECONDS + 10) == {code: 1, "told": 1}
    there.asked.clear()
    desk.round(SECONDS + 90_000)
    assert not [each for each in there.asked if each.endswith("/objection")]
    with desk.engine.connect() as connection:
        found = objections.of(connection, number)
        assert connection.execute(select(kept.c.mobile, kept.c.outcome)).one() == ("", "refused"), "told and forgotten"
    assert found is not None and (found.error, found.final) == (code, True)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (409, "violation_changed"),
        (422, "time_in_future"),
        (404, "notice_unknown"),
        (404, "not_found"),
        (422, "input_invalid"),  # inspections of another version
        (422, "something_new"),
    ],
)
def test_an_objection_waits_for_what_time_heals(desk: Desk, there: OverThere, status: int, code: str) -> None:
    number = there.approve()
    desk.round()
    there.serve(number)
    _object(desk, number)
    there.answers = [(status, code)]
    assert desk.round(SECONDS + 10) == {code: 1}
    with desk.engine.connect() as connection:
        assert connection.scalar(select(kept.c.mobile)) == mobiles.parse(mobile()), "who is still to be told"
    assert desk.round(SECONDS + 4_000) == {"delivered": 1}


OBJECTING = (
    ("office.enforcement.service:Service.object_", 1, "before"),
    ("office.enforcement.service:Service.object_", 1, "after"),  # it is there, and nobody here knows
    ("office.enforcement.delivering:_Delivery._note", 1, "before"),
    ("office.enforcement.delivering:_Delivery._note", 1, "after"),
    ("office.enforcement.service:Service.notice", 1, "after"),
    ("office.enforcement.objections:_note", 1, "before"),
    ("office.enforcement.objections:notices.enqueue", 1, "after"),  # written, and not committed
)


def test_workers_that_are_killed_at_one_moment_after_the_other_lose_no_objection_and_tell_once(desk: Desk, there: OverThere) -> None:
    number, now = there.approve(), clock.seconds()
    desk.round()
    there.serve(number)
    _object(desk, number, now - 60)
    desk.sign_today()
    there.decides = "upheld"
    words = desk.office.words("office", "enforce", "--once", "--inspections", desk.settings(), now=None)
    command = [sys.executable, "-m", "tests.office.enforcement.dying", json.dumps(OBJECTING), *words]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])["kills"] == len(OBJECTING)
    sent = [each for each in there.asked if each.endswith("/objection")]
    assert len(sent) >= 2, "sent again"
    assert there.objections[number]["at"] == now - 60
    with desk.engine.connect() as connection:
        row = connection.execute(select(kept)).one()
        assert (row.mobile, row.outcome, row.due, row.error) == ("", "upheld", None, None) and row.delivered_at
        assert len(connection.execute(select(messages)).all()) == 1, "told once"


@pytest.mark.parametrize("ahead", [86_400, 365 * 86_400])
def test_what_a_clock_that_was_ahead_put_off_is_handed_over_once_it_is_right(desk: Desk, there: OverThere, ahead: int) -> None:
    """Else an objection would come to inspections, and its decision to whoever objected, a day or a year late."""
    number = there.approve()
    desk.round()
    there.serve(number)
    _object(desk, number)
    there.answers = [(503, "x")]
    assert desk.round(SECONDS + ahead)["inspections_unreachable"] == 1
    assert desk.round(SECONDS + 60) == {"delivered": 1}
    assert objections.tell(desk.engine, desk.service, now=SECONDS + ahead) == {}, "asked, and not decided"
    there.notices[number]["state"] = "upheld"
    assert desk.round(SECONDS + 120) == {"told": 1}


def test_inspections_of_an_older_copy_get_what_they_had(desk: Desk, there: OverThere) -> None:
    number = there.approve()
    desk.round()
    there.serve(number)
    _object(desk, number)
    assert desk.round(SECONDS + 10) == {"delivered": 1}
    sent = there.objections.pop(number)
    there.serve(number)
    assert desk.round(SECONDS + 4_000) == {"again": 1}
    assert desk.round(SECONDS + 4_010) == {"delivered": 1}
    assert there.objections[number] == sent
    there.tells_objections = False  # of a version from before they said so
    assert desk.round(SECONDS + 8_000) == {}


def test_by_a_clock_that_nobody_keeps_what_needs_no_date_is_handed_over_and_nobody_is_told(
    desk: Desk, there: OverThere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message would be dated by it, and go out when that day comes."""
    number = there.approve()
    desk.round()
    there.serve(number)
    _object(desk, number)
    there.decides = "upheld"
    monkeypatch.setattr("web.clock.synchronised", lambda: False)
    doubting = Worker(desk.office.locations, desk.service, blank, Random(1), ClockGuard())
    assert doubting.round(desk.engine, SECONDS + 2 * 86_400) == {"delivered": 1, "clock_unconfirmed": 1}
    with desk.engine.connect() as connection:
        assert connection.execute(select(messages)).all() == []
    assert desk.round(SECONDS + 20) == {"told": 1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("method", "status", "code", "said"), [("GET", 404, "not_found", {}), ("POST", 422, "input_invalid", {"input_invalid": 1})]
)
def test_inspections_that_take_no_applications_hold_nothing_else_up(
    house: Connected, method: str, status: int, code: str, said: dict[str, int]
) -> None:
    house.citizen(1)
    house.work.issued("shop.first", shop(), actor=house.actor_of(1), now=house.now - 120)
    house.there.refused[f"{method} {THERE}/applications"] = status, code
    number = house.there.approve()
    assert house.round() == {"sealed": 1, "delivered": 1, **said}
    assert number in house.there.seals and house.there.applications == []
    house.there.refused.clear()
    assert house.round() == {"applications": 1}, "and when they do, nothing was lost"
