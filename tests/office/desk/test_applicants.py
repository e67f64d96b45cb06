"""Who applies, on the pages: asked in the form, hidden at every address, shown in answer to a form that was sent, and in no log.

The walk in a browser is the one that the docs' pictures are made of.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from office.applicants import keyring
from office.applicants.tables import looks
from tests.browser import violations
from tests.office.applicants.invented import POWER, company, national_id, person
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import shop
from tests.office.desk.applicant_pictures import People, house_in, walk
from tests.office.desk.house import House, faults, plain, served

__all__ = ["unlocked"]


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory, unlocked: Keys) -> Iterator[House]:
    """One office for all of these, which asks who applies."""
    made = house_in(tmp_path_factory.mktemp("asking"), unlocked)
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(asking: House) -> People:
    return People(asking)


def value(page: str, name: str) -> str:
    """What a box of a page holds."""
    found = re.search(rf'name="{name}" type="text" value="([^"]*)"', page)
    assert found, name
    return found[1]


def seen(house: House) -> list[tuple[str, str]]:
    with house.context.engine.connect() as connection:
        return [(row.actor.partition(":")[0], row.why) for row in connection.execute(select(looks).order_by(looks.c.id))]


def test_a_citizen_types_it_once_and_nothing_is_lost(asking: House) -> None:
    mona = asking.citizen(1)
    draft = asking.work.draft("shop.first", shop(latitude="31.2711"), actor=asking.actor_of(1), who={})
    page = mona.get(f"/apply/{draft}/details").text
    assert value(page, "applicant_mobile").startswith("+20"), "who signed in by it has it filled in"
    page = mona.post(f"/apply/{draft}/details", 422, **shop(), **person(applicant_national_id="٢٩٠"), agent_name="عادل").text
    assert faults(page) >= {"national_id_length", "field_missing"}
    assert (value(page, "applicant_national_id"), value(page, "agent_name")) == ("٢٩٠", "عادل")
    assert value(mona.get(f"/apply/{draft}/details").text, "applicant_national_id") == "٢٩٠"
    page = mona.post(f"/apply/{draft}/details", 422, **shop(), **person(applicant_name="م" * 201)).text
    assert value(page, "applicant_name") == "م" * 201, "what is too long is not kept, and not lost"
    typed = {**shop(latitude="31.2711"), **person(11), "agent_name": ""}
    mona.post(f"/apply/{draft}/details", 303, **typed)
    checked = mona.get(f"/apply/{draft}/check").text
    assert national_id(11)[-4:] in checked
    assert national_id(11) not in checked
    version = re.search(r'name="version" value="(\d+)"', checked)
    assert version
    number = mona.post(f"/apply/{draft}/send", 303, version=version[1]).location.rsplit("/", 1)[-1]
    page = mona.get(f"/applications/{number}").text
    assert national_id(11) not in page
    assert national_id(11) in mona.post(f"/applications/{number}/applicant", 200).text
    assert seen(asking)[-1] == ("citizen", "own")
    stranger = asking.citizen(2)
    stranger.post(f"/applications/{number}/applicant", 404)
    mona.get(f"/applications/{number}/applicant", 405)
    asking.staff("cashier", ("MN1", "cashier")).post(f"/centre/applications/{number}/applicant", 403)
    asking.staff("away", ("SHQ", "reviewer")).post(f"/centre/applications/{number}/applicant", 404)


def test_a_colleague_s_form_is_closed_until_they_ask_and_keeps_what_they_typed_beside_it(asking: House, people: People) -> None:
    draft = people.draft(latitude="31.2761")
    people.clerk.get(f"/centre/apply/{draft}/details")
    people.clerk.post(f"/centre/apply/{draft}/details", 303, **shop(latitude="31.2761"), **person(12))
    assert national_id(12) in people.clerk.get(f"/centre/apply/{draft}/details").text, "whoever typed it"
    other = asking.staff("samir", ("MN1", "clerk"))
    before = len(seen(asking))
    page = other.get(f"/centre/apply/{draft}/details").text
    assert national_id(12) not in page
    assert 'name="applicant_national_id"' not in page
    opened = other.post(f"/centre/apply/{draft}/applicant", 200, **shop(trade_name="مخبز النور")).text
    assert value(opened, "applicant_national_id") == national_id(12)
    assert "مخبز النور" in opened
    assert seen(asking)[before:] == [("staff", "form")]
    other.post(f"/centre/apply/{draft}/details", 303, **shop(latitude="31.2761"))  # the closed form sends none of it
    assert national_id(12) in people.clerk.get(f"/centre/apply/{draft}/details").text
    refused = other.post(f"/centre/apply/{draft}/details", 422, **shop(), **person(applicant_national_id="1"), agent_name="").text
    assert value(refused, "applicant_national_id") == "1"


def test_the_search_is_by_a_form_and_nothing_of_it_is_logged(asking: House, people: People, caplog: pytest.LogCaptureFixture) -> None:
    typed = company(f"{55:09}", applicant_name="شركة النور")
    number = asking.work.submit(asking.work.draft("shop.first", shop(latitude="31.2771"), who=typed))
    clerk = people.clerk
    clerk.get("/centre/applicants")
    with caplog.at_level(logging.DEBUG):
        assert number in clerk.post("/centre/applicants", 200, number=f"{55:09}").text
        assert faults(clerk.post("/centre/applicants", 422, number=national_id()[:-1]).text) == {"applicant_search_text"}
        assert "APP-" not in plain(asking.staff("away", ("SHQ", "clerk")).get("/centre/applicants").text)
        away = asking.staff("away", ("SHQ", "clerk"))
        away.get("/centre/applicants")
        assert number not in away.post("/centre/applicants", 200, number=f"{55:09}").text
        people.reviewer.get("/centre/")
        people.reviewer.post(f"/centre/applications/{number}/applicant", 200, why="print")
    for secret in (f"{55:09}", national_id()[:-1], "شركة النور"):
        assert secret not in caplog.text
    work = people.reviewer.get("/centre/").text
    assert 'data-flag="not_holder"' in work


def test_what_is_sealed_and_printed_knows_nothing_of_it(asking: House, people: People) -> None:
    agent = {"agent_name": "عادل سعد", "agent_national_id": national_id(22), **POWER}
    who = person(21, applicant_name="نادية فوزي", **agent)
    number = asking.work.submit(asking.work.draft("shop.first", shop(latitude="31.2781"), who=who))
    asking.work.pay(number)
    asking.work.do("approve", number)
    license_ = asking.work.issue(number)
    page = people.manager.get(f"/centre/licenses/{license_}").text
    application = asking.work.show(number)
    for text in (page, str(application.license), repr(application.receipt)):
        assert not any(secret in text for secret in ("نادية فوزي", "عادل سعد", national_id(21), national_id(22), "not_holder"))


def test_a_lost_key_closes_one_panel_and_no_page(asking: House, people: People, tmp_path: Path) -> None:
    number = asking.work.submit(asking.work.draft("shop.first", shop(latitude="31.2791"), who=person(31)))
    keyring.make(tmp_path / "new.keys", day="2026-11-25")
    held = asking.context.applicants
    asking.context.applicants, asking.context._office = keyring.load(tmp_path / "new.keys"), None
    try:
        page = people.reviewer.get(f"/centre/applications/{number}").text
        assert 'data-outcome="unreadable"' in page
        assert "applicant_key_lost" in faults(page)
        assert "applicant_key_lost" in faults(people.reviewer.post(f"/centre/applications/{number}/applicant", 200).text)
        asking.context.applicants, asking.context._office = None, None
        assert "applicants_off" in faults(people.clerk.get("/centre/applicants").text)
        people.clerk.post("/centre/applicants", 503, number=national_id())
        assert "applicant_key_lost" in faults(people.reviewer.get(f"/centre/applications/{number}").text)
    finally:
        asking.context.applicants, asking.context._office = held, None
    assert 'data-outcome="kept"' in people.reviewer.get(f"/centre/applications/{number}").text


@pytest.mark.parametrize(("language", "scripts"), [("ar", True), ("en", False)])
def test_from_the_form_to_the_list_of_who_looked(asking: House, people: People, chromium: Browser, language: str, scripts: bool) -> None:
    wrong: list[str] = []
    with served(asking) as address:
        number = walk(
            chromium,
            address,
            people,
            language,
            scripts=scripts,
            pictured=lambda name, page, _: wrong.extend(f"{name}: {each}" for each in (violations(page) if scripts else ())),
        )
    assert number.startswith("APP-MN1-")
    assert wrong == []
