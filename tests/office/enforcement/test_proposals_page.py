"""Proposals to suspend or revoke: fetched, seen by those of the authority, decided by somebody else, and handed back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from issuer.register import history
from office.enforcement.tables import proposals as table
from office.messages.tables import messages
from seal import wire
from storage.database import reading
from tests.issuer import offices
from tests.issuer.offices import Office
from tests.office.applications.workplace import shop
from tests.office.desk.house import Visitor, faults, plain
from tests.office.enforcement.connected import Connected

WHY = "ثلاث مخالفات في شهر"


@pytest.fixture
def license_(house: Connected) -> str:
    """The license of a citizen who applied for it."""
    house.citizen(1)
    return house.work.issued("shop.first", shop(), actor=house.actor_of(1), now=house.now)[1]


def row(house: Connected) -> int:
    with house.context.engine.connect() as connection:
        found: int = connection.scalars(select(table.c.id).order_by(table.c.id.desc()).limit(1)).one()
    return found


def proposed(house: Connected, license_: str, **changes: str) -> str:
    """Let inspections propose, and a round of the worker bring it; the address of its page."""
    house.there.propose(f"p{len(house.there.proposals) + 1}", license_, **changes)
    assert house.round()["proposals"] == 1
    return f"/centre/proposals/{row(house)}"


def status(house: Connected, license_: str) -> str:
    return history.show(house.context.engine, license_).status


def manager(house: Connected, name: str = "samir", authority: str = "MN1", role: str = "manager") -> Visitor:
    return house.staff(name, (authority, role))


@pytest.mark.parametrize(("action", "after", "event"), [("suspend", "suspended", "suspended"), ("revoke", "revoked", "revoked")])
def test_accepted_the_register_changes_at_once_and_inspections_is_told(
    house: Connected, license_: str, action: str, after: str, event: str
) -> None:
    page, samir = proposed(house, license_, action=action, violation="VIO-MN1-2026-000007-X"), manager(house)
    assert page in samir.get("/centre/proposals").text
    words = plain(samir.get(page).text)
    assert license_ in words and "مخالفات متكررة" in words and "VIO-MN1-2026-000007-X" in words
    samir.post(page, 303, decision="accepted", reason=WHY)
    assert status(house, license_) == after
    last = history.show(house.context.engine, license_).events[-1]
    assert (last.kind, last.reason) == (event, f"{WHY} (VIO-MN1-2026-000007-X)")
    with reading(house.context.engine) as connection:
        told = connection.scalars(select(messages.c.text).order_by(messages.c.id.desc()).limit(1)).one()
    assert license_ in told
    assert house.round() == {"delivered": 1}
    assert house.there.decisions["p1"] == {"decision": "accepted", "by": "samir", "reason": WHY, "at": house.now}
    assert WHY in plain(samir.get(page).text)
    assert house.round() == {}


def test_whoever_checks_the_license_sees_it_suspended_after_the_next_publication(house: Connected, license_: str) -> None:
    page, samir = proposed(house, license_), manager(house)
    office = Office(house.folder, house.settings.register)
    text = wire.write(history.show(house.context.engine, license_).message, offices.HOST)
    later = datetime.fromtimestamp(house.now, UTC) + timedelta(days=8)  # it is in force by then

    def said() -> tuple[str, str]:
        office.run("publish", now=later.isoformat())
        found = office.verdict(text, now=later, check_site=False)
        return found.decision, found.reason.code

    assert said()[0] == "valid"
    samir.get(page)
    samir.post(page, 303, decision="accepted", reason=WHY)
    assert said() == ("invalid", "suspended")


def test_rejected_nothing_changes_but_what_inspections_is_told(house: Connected, license_: str) -> None:
    page, reem = proposed(house, license_), manager(house, "reem", role="reviewer")
    reem.get(page)
    reem.post(page, 303, decision="rejected", reason="سُويت المخالفة")
    assert status(house, license_) == "valid"
    assert house.round() == {"delivered": 1}
    assert house.there.decisions["p1"]["decision"] == "rejected"


def test_whoever_proposed_does_not_decide(house: Connected, license_: str) -> None:
    """The same person under the same name on both sides; upper and lower case are no other name."""
    page = proposed(house, license_, proposed_by="Samir")
    samir = manager(house, "samir")
    assert "proposal_own" in faults(samir.get(page).text)
    assert "proposal_own" in faults(samir.post(page, 403, decision="accepted", reason=WHY).text)
    assert status(house, license_) == "valid"
    other = manager(house, "nadia")
    other.get(page)
    other.post(page, 303, decision="accepted", reason=WHY)
    assert status(house, license_) == "suspended"


def test_it_is_decided_once(house: Connected, license_: str) -> None:
    page, samir, nadia = proposed(house, license_), manager(house), manager(house, "nadia")
    for each in (samir, nadia):
        each.get(page)
    samir.post(page, 303, decision="rejected", reason=WHY)
    assert "proposal_decided" in faults(nadia.post(page, 409, decision="accepted", reason=WHY).text)
    assert status(house, license_) == "valid"


def test_another_authority_s_proposal_is_not_there(house: Connected, license_: str) -> None:
    page = proposed(house, license_)
    elsewhere = manager(house, "hala", "SHQ")
    assert page not in elsewhere.get("/centre/proposals").text
    elsewhere.get(page, 404)
    elsewhere.post(page, 404, decision="accepted", reason=WHY)
    clerk = manager(house, "karim", role="clerk")
    clerk.get("/centre/proposals", 403)
    clerk.post(page, 403, decision="accepted", reason=WHY)
    assert status(house, license_) == "valid"
    boss = manager(house, "boss", "*")
    boss.get(page)
    boss.post(page, 303, decision="accepted", reason=WHY)


def test_a_license_of_another_authority_or_none_is_left_alone(house: Connected, license_: str) -> None:
    samir = manager(house, "samir", "*")
    for number, authority in ((license_, "SHQ"), (re.sub(r"\d{7}", "0999999", license_), "MN1")):
        page = proposed(house, number, authority=authority)
        samir.get(page)
        found = faults(samir.post(page, 422, decision="accepted", reason=WHY).text)
        assert found & {"proposal_license_differs", "number_unknown", "number_invalid"}
        samir.post(page, 303, decision="rejected", reason="ترخيص لا نعرفه")
    assert status(house, license_) == "valid"


def test_a_license_that_is_revoked_already_is_said_and_may_be_rejected(house: Connected, license_: str) -> None:
    page, samir = proposed(house, license_), manager(house)
    history.change(house.context.engine, license_, "revoked", reason="أغلق", now=house.now)
    samir.get(page)
    assert "transition_refused" in faults(samir.post(page, 409, decision="accepted", reason=WHY).text)
    with reading(house.context.engine) as connection:
        assert connection.scalars(select(table.c.state)).one() == "proposed", "the decision is undone with the change"
    samir.post(page, 303, decision="rejected", reason=WHY)


@pytest.mark.parametrize("reason", ["", "   ", "س" * 401])
def test_a_decision_needs_a_reason(house: Connected, license_: str, reason: str) -> None:
    page, samir = proposed(house, license_), manager(house)
    samir.get(page)
    answer = samir.post(page, 422, decision="accepted", reason=reason)
    assert "reason_missing" in faults(answer.text) and 'aria-invalid="true"' in answer.text
    assert reason.strip() in answer.text
    samir.post(page, 400, decision="perhaps", reason=WHY)
    assert status(house, license_) == "valid"


@pytest.mark.parametrize(("status_", "code"), [(409, "proposal_same_person"), (422, "violation_reason")])
def test_a_decision_that_is_refused_for_good_is_sent_no_more(house: Connected, license_: str, status_: int, code: str) -> None:
    page, samir = proposed(house, license_), manager(house)
    samir.get(page)
    samir.post(page, 303, decision="rejected", reason=WHY)
    house.there.answers = [(status_, code)]
    assert house.round() == {code: 1}
    assert f'data-code="{code}"' in samir.get(page).text
    house.now += 90_000
    house.there.asked.clear()
    house.round()
    assert not [each for each in house.there.asked if each.endswith("/decision")]


@pytest.mark.parametrize(("status_", "code"), [(422, "time_in_future"), (422, "input_invalid"), (422, "something_new"), (404, "not_found")])
def test_a_decision_waits_for_what_time_heals(house: Connected, license_: str, status_: int, code: str) -> None:
    page, samir = proposed(house, license_), manager(house)
    samir.get(page)
    samir.post(page, 303, decision="rejected", reason=WHY)
    house.there.answers = [(status_, code)]
    assert house.round() == {code: 1}
    house.now += 4_000
    assert house.round()["delivered"] == 1


def test_a_decision_otherwise_over_there_is_told(house: Connected, license_: str) -> None:
    page, samir = proposed(house, license_), manager(house)
    samir.get(page)
    samir.post(page, 303, decision="rejected", reason=WHY)
    house.there.answers = [(409, "proposal_decided")]
    assert house.round() == {"proposal_decided": 1}
    assert "proposal_decided" in faults(samir.get(page).text)
    assert "proposal_decided" in faults(samir.get("/centre/proposals").text)
    assert house.round() == {}


def test_the_list_says_what_is_on_its_way(house: Connected) -> None:
    samir = manager(house)
    number, _ = house.sealed()
    text = samir.get("/centre/proposals").text
    assert re.search(r'data-kind="notices".*?<bdi dir="ltr">1</bdi>.*?<bdi dir="ltr">0</bdi>', text, re.DOTALL)
    assert "notices_not_connected_here" not in faults(text)
    assert number not in text
