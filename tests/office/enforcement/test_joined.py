"""The whole way with both sides as they run: the office's worker and pages, and the real service of inspections; on each database."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, select, update

from inspections.enforcement import deciding, proposals, records, serving
from inspections.enforcement.tables import violation_events, violations
from issuer.register import history
from office.desk.words import TABLE
from office.enforcement import objections, sealing
from office.enforcement.errors import UnreachableError
from office.enforcement.service import Service
from office.enforcement.tables import objections as kept
from office.enforcement.tables import proposals as table
from office.messages.tables import messages
from seal import days, notices
from tests import postgres
from tests.inspections.enforcing import Precinct
from tests.inspections.town import Visitor
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import CITIZEN, advertisement, shop
from tests.office.desk.house import Visitor as OfficeVisitor
from tests.office.desk.house import faults, mobile, plain
from tests.office.enforcement.joined import AUTHORITY, Joined
from tests.office.enforcement.over_there import listening
from tests.office.enforcement.test_notice_page import fields, standing, state
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS
from tests.week.proxy import Proxy

__all__ = ["unlocked"]
WHY = "البضاعة لجاري وليست لي"


@pytest.fixture
def street_url(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[str]:
    """An empty database for inspections, of the same kind as the office's."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'inspections.sqlite'}"
        return
    with postgres.fresh_database(request.getfixturevalue("postgres_url"), f"test_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture
def joined(tmp_path: Path, unlocked: Keys, database_url: str, street_url: str) -> Iterator[Joined]:
    precinct = Precinct(tmp_path / "street", street_url)
    with listening(precinct.app) as address:
        made = Joined(tmp_path / "office", database_url, unlocked, precinct, address)
        yield made
        made.close()
    precinct.close()


def served(joined: Joined) -> tuple[int, str, str]:
    """A notice that the office's worker sealed, and that was served: its id over there, number and text."""
    here = joined.precinct
    made = here.report(of=joined.kiosk(), code="pavement_occupied")
    number = here.approve(made)
    assert joined.round() == {"sealed": 1, "delivered": 1}
    with joined.context.engine.connect() as connection:
        text, paper = sealing.text_of(connection, number), sealing.paper_of(connection, number)
    with here.engine.connect() as connection:
        assert records.paper(connection, made) == paper
    assert (here.get(made).state, here.get(made).text) == ("sealed", text)
    here.serve(made)
    return made, number, text


def test_a_notice_goes_from_the_street_to_the_portal_and_back(joined: Joined) -> None:
    here = joined.precinct
    made, number, text = served(joined)
    trust = here.context.known_lists().trust
    judged = notices.verify(text, trust=trust, hosts=trust.hosts, now=datetime.fromtimestamp(joined.now, UTC))
    assert judged.state == "notice" and judged.notice is not None and judged.notice.authority == AUTHORITY
    mona = joined.client()
    page = mona.post("/notice", 200, text=text).text
    assert (state(page), standing(page)) == ("notice", "served"), plain(page)
    held = here.get(made)
    assert held.objection_until is not None and held.pay_until is not None
    for told in (number, held.terms.names["ar"], f"{held.piastres / 100:.2f}", str(held.objection_until.year)):
        assert told in plain(page), told
    sent = mona.post("/notice/objection", 200, **fields(page) | {"objection": WHY, "mobile": mobile()}).text
    assert "OBJ-MID-" in plain(sent)
    assert joined.round() == {"delivered": 1}
    assert here.states(made)[-1] == "objected"
    assert standing(mona.post("/notice", 200, text=text).text) == "objected"
    here.do(serving.uphold, made, here.who("nadia"), here.calendar, reason="الرصيف كان مشغولًا")
    joined.pass_time(4_000)
    assert joined.round() == {"told": 1}
    with joined.context.engine.connect() as connection:
        assert connection.execute(select(kept.c.mobile, kept.c.outcome)).one() == ("", "upheld")
        assert number in (connection.scalar(select(messages.c.text).order_by(messages.c.id.desc()).limit(1)) or "")
    assert standing(mona.post("/notice", 200, text=text).text) == "upheld"
    here.do(serving.pay, made, here.who("supervisor"), day=days.day_of(here.now), receipt="R-1")
    assert standing(mona.post("/notice", 200, text=text).text) == "paid"
    assert joined.round() == {}


def objected(joined: Joined, text: str) -> OfficeVisitor:
    """Somebody objects on the portal; who that is."""
    mona = joined.client()
    page = mona.post("/notice", 200, text=text).text
    mona.post("/notice/objection", 200, **fields(page) | {"objection": WHY, "mobile": mobile()})
    return mona


def test_an_objection_to_what_is_cancelled_before_it_arrives_is_on_both_sides_and_its_mobile_forgotten(joined: Joined) -> None:
    here = joined.precinct
    made, _, text = served(joined)
    mona = objected(joined, text)
    here.do(deciding.cancel, made, here.who("chief"), reason="خطأ في العنوان")
    assert joined.round() == {"delivered": 1, "told": 1}
    with joined.context.engine.connect() as connection:
        row = connection.execute(select(kept)).one()
    assert (row.mobile, row.outcome, row.error) == ("", "cancelled", None)
    with here.engine.connect() as connection:
        last = records.history(connection, made)[-1]
    assert (last.state, last.role, last.reason, last.facts["made_at"]) == ("objected", "citizen", WHY, row.received_at)
    assert (here.get(made).state, here.get(made).objection_id) == ("cancelled", row.id)
    page = mona.post("/notice", 200, text=text).text
    assert standing(page) == "cancelled" and row.reference in plain(page)
    joined.pass_time(90_000)
    assert joined.round() == {}


def test_an_objection_to_what_is_paid_before_it_arrives_is_decided_and_nobody_is_asked_to_pay_again(joined: Joined) -> None:
    here = joined.precinct
    made, _, text = served(joined)
    mona = objected(joined, text)
    here.do(serving.pay, made, here.who("supervisor"), day=days.day_of(here.now), receipt="R-1")
    assert joined.round() == {"delivered": 1}
    page = mona.post("/notice", 200, text=text).text
    assert standing(page) == "objected" and TABLE["notice_pay_how"]["ar"] not in plain(page)
    here.do(serving.uphold, made, here.who("nadia"), here.calendar, reason="الرصيف كان مشغولًا")
    joined.pass_time(4_000)
    assert joined.round() == {"told": 1}
    page = mona.post("/notice", 200, text=text).text
    assert standing(page) == "paid" and TABLE["notice_was_upheld"]["ar"] in plain(page)


def test_an_objection_whose_answer_was_lost_is_there_once_whatever_becomes_of_the_notice_meanwhile(joined: Joined) -> None:
    here = joined.precinct
    made, _, text = served(joined)
    objected(joined, text)
    token, port = (joined.folder / "office-token").read_text().strip(), int(joined.address.rsplit(":", 1)[1])
    line = Proxy(free_port(), port)
    line.becomes("resets")
    service = Service(f"http://127.0.0.1:{line.port}", token, seconds=PATIENCE_SECONDS)
    joined.pass_time()
    with pytest.raises(UnreachableError):
        objections.hand_over(joined.context.engine, service, now=joined.now, chance=Random(1))
    line.close()
    assert here.get(made).state == "objected", "it came, and the answer did not"
    here.do(deciding.cancel, made, here.who("nadia"), reason="قُبل التظلم")
    joined.pass_time(4_000)
    assert joined.round() == {"delivered": 1, "told": 1}
    assert here.states(made)[-2:] == ["objected", "cancelled"]


def test_inspections_of_yesterday_get_an_objection_again_that_the_office_handed_over(joined: Joined) -> None:
    """A copy from before the objection is brought back: notice and history are as they were, and the office asks each hour."""
    here = joined.precinct
    made, _, text = served(joined)
    objected(joined, text)
    assert joined.round() == {"delivered": 1}
    with here.engine.begin() as connection:
        connection.execute(update(violations).where(violations.c.id == made).values(state="served", objection_id=None))
        connection.execute(delete(violation_events).where(violation_events.c.state == "objected"))
    joined.pass_time(4_000)
    assert joined.round() == {"again": 1}
    assert joined.round() == {"delivered": 1}
    assert here.get(made).state == "objected"
    with here.engine.connect() as connection:
        assert records.history(connection, made)[-1].reason == WHY


#: As telephones paste it: marks of direction around what is quoted, spaces of no width, tabs, more than one space.
PASTED = "\u200fالبضاعة \u202bلجاري\u202c\t  وليست\u200b لي\u2069 \u200e\r\n\r\nوأنا  \ufeffغائب"


def test_a_text_that_was_pasted_from_a_telephone_is_the_same_on_both_sides(joined: Joined) -> None:
    here = joined.precinct
    made, _, text = served(joined)
    mona = joined.client()
    page = mona.post("/notice", 200, text=text).text
    mona.post("/notice/objection", 200, **fields(page) | {"objection": PASTED})
    assert joined.round() == {"delivered": 1}
    with joined.context.engine.connect() as connection, here.engine.connect() as other:
        ours = connection.scalar(select(kept.c.text))
        assert ours == records.history(other, made)[-1].reason == "البضاعة لجاري وليست لي\n\nوأنا غائب"


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_a_proposal_is_decided_in_the_office_and_told_in_the_street(joined: Joined, decision: str) -> None:
    here = joined.precinct
    joined.citizen(1)
    license_ = joined.work.issued("shop.first", shop(), actor=joined.actor_of(1), now=joined.now)[1]
    made, number, _ = served(joined)
    proposed = here.propose(license_=license_, authority="MN1", violation_id=made)
    assert joined.round() == {"proposals": 1, "applications": 1}
    with joined.context.engine.connect() as connection:
        page = f"/centre/proposals/{connection.scalar(select(table.c.id))}"
    samir = joined.staff("samir", ("MN1", "manager"))
    words = plain(samir.get(page).text)
    assert license_ in words and number in words and "تكرار المخالفة" in words
    assert "reason_characters" in faults(samir.post(page, 422, decision=decision, reason="ثلاث\ue000").text)
    samir.post(page, 303, decision=decision, reason="ثلاث \u200fمخالفات\u202c")
    after = history.show(joined.context.engine, license_)
    assert after.status == ("suspended" if decision == "accepted" else "valid")
    assert joined.round() == {"delivered": 1}
    with here.engine.connect() as connection:
        (told,) = proposals.of_license(connection, license_, None)
    assert (told.id, told.state, told.decided_by, told.decided_reason) == (proposed, decision, "samir", "ثلاث مخالفات")
    assert joined.round() == {}


def test_a_license_s_story_in_the_street_begins_with_its_application(joined: Joined) -> None:
    here, work = joined.precinct, joined.work
    joined.citizen(1)
    mine, fields_ = joined.actor_of(1), advertisement()
    number, license_ = work.issued("advertisement.first", fields_, actor=mine, now=joined.now)
    alone = work.submitted("shop.first", shop(), actor=mine, now=joined.now)
    work.do("withdraw", alone, actor=mine, now=joined.now)
    assert joined.round() == {}, "what is of this minute may still be on its way into the database"
    assert joined.round() == {"applications": 1}, "an application that led to no license belongs to no license's story"
    assert joined.round() == {}
    joined.pass_time(8 * 86_400)  # until the permit has begun
    again = fields_ | {"license": license_, "valid_from": "", "valid_until": "2028-11-30"}
    renewal = work.submitted("advertisement.renewal", again, now=joined.now)
    joined.pass_time()
    assert joined.round() == {"applications": 1}
    work.do("withdraw", renewal, actor=CITIZEN, now=joined.now)
    joined.pass_time()
    assert joined.round() == {"applications": 1}
    page = Visitor(here, here.who("chief")).get(f"/licenses/{license_}").text
    assert re.findall(r'data-kind="(\w+)"', page) == ["application", "applied", "application", "applied"]
    told, services = plain(page), work.office.services.services
    for word in (number, renewal, *(services[f"advertisement.{which}"].name["ar"] for which in ("first", "renewal"))):
        assert word in told, word
    assert re.findall(r'class="pill (\w+)"', page) == ["withdrawn", "issued"]
    for secret in (fields_["holder"], fields_["trade_name"]):
        assert secret not in told, "nobody's name leaves the office with it"
    Visitor(here, here.who("salma")).get(f"/licenses/{license_}", 404)
