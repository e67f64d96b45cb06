"""Who opened which case and document is written down before it is shown, once an hour, and whoever leads an authority reads it."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from issuer import approving
from office.applications.tables import attachments
from office.privacy import asking, gathering, person, planning, seeing
from office.privacy.person import Named
from office.privacy.tables import reads
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import shop
from tests.office.desk.applicant_pictures import house_in
from tests.office.desk.house import House, mobile, plain

__all__ = ["unlocked"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, unlocked: Keys) -> Iterator[House]:
    made = house_in(tmp_path_factory.mktemp("reads"), unlocked)
    yield made
    made.close()


def written(house: House, number: str) -> list[tuple[str, str, str]]:
    with house.context.engine.connect() as connection:
        rows = connection.execute(select(reads).where(reads.c.application == number).order_by(reads.c.id))
        return [(row.actor_name, row.what, row.item) for row in rows]


def test_cases_documents_and_lists_are_written_down_and_shown_to_who_leads(house: House) -> None:
    house.citizen(1)
    number = house.work.submitted("shop.first", shop(latitude="31.2731"), actor=house.actor_of(1))
    with house.context.engine.connect() as connection:
        attachment = connection.scalar(select(attachments.c.id).where(attachments.c.application_id == 1).order_by(attachments.c.id))
        code = connection.scalar(select(attachments.c.code).where(attachments.c.id == attachment))
    reviewer, manager = house.staff("salma", ("MN1", "reviewer")), house.staff("magdy", ("MN1", "manager"))
    for _ in range(3):
        reviewer.get(f"/centre/applications/{number}")
        reviewer.get(f"/centre/applications/{number}/documents/{attachment}")
    assert written(house, number) == [("Salma", "case", ""), ("Salma", "document", f"{code} {attachment}")]
    house.citizen(1).get(f"/applications/{number}")
    assert len(written(house, number)) == 2, "a citizen's own case is theirs"
    manager.get("/centre/work.csv")
    page = manager.get(f"/centre/applicants/reads?application={number.lower()}").text
    assert page.count("salma") >= 2 and number in page and "صفحة طلب" in page
    named = {each.code: each.name["ar"] for each in house.work.office.service("shop.first").documents}
    assert named[str(code)] in plain(page) and str(code) not in plain(page), "a document by its name"
    table = list(csv.reader(io.StringIO(manager.get(f"/centre/applicants/reads.csv?application={number}").text.lstrip("\ufeff"))))
    assert table[0][:3] == ["at", "who", "case"] and {row[5] for row in table[1:]} == {"case", "document"}
    with house.context.engine.connect() as connection:
        lists = [(row.what, row.many) for row in connection.execute(select(reads).where(reads.c.what.in_(["list", "looks"])))]
    assert lists == [("list", 1), ("looks", 2)]


def test_another_authority_s_manager_sees_nothing_of_it(house: House) -> None:
    house.citizen(2)
    number = house.work.submitted("shop.first", shop(latitude="31.2741"), actor=house.actor_of(2))
    house.staff("rania", ("MN1", "reviewer")).get(f"/centre/applications/{number}")
    foreign = house.staff("mounir", ("SHQ", "manager"))
    assert "rania" not in foreign.get(f"/centre/applicants/reads?application={number}").text
    assert "rania" not in foreign.get("/centre/applicants/reads").text
    assert "rania" in house.staff("adham", ("*", "administrator")).get(f"/centre/applicants/reads?application={number}").text
    foreign.get(f"/centre/applications/{number}", 404)
    assert len(written(house, number)) == 1, "who may not see it read nothing"


def test_what_cannot_be_written_down_is_not_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.citizen(3)
    number = house.work.submitted("shop.first", shop(latitude="31.2751"), actor=house.actor_of(3))
    reviewer = house.staff("rasha", ("MN1", "reviewer"))

    def full(*_: object, **__: object) -> bool:
        from sqlalchemy.exc import OperationalError

        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr("office.privacy.reads.note", full)
    answer = reviewer.get(f"/centre/applications/{number}", 503)
    assert "سامي فؤاد" not in answer.text


def test_whoever_decides_on_a_copy_or_an_erasure_reads_words_and_nobody_s_name(house: House) -> None:
    house.citizen(4)
    number = house.work.submitted("shop.first", shop(latitude="31.2761"), actor=house.actor_of(4))
    house.work.draft("shop.first", shop(latitude="31.2771"), actor=house.actor_of(4))
    who = Named(mobile=f"+2{mobile(4)}")
    with house.context.engine.begin() as connection:
        rows = person.find(connection, None, who)
        found = gathering.gather(connection, None, None, who, rows)
        plan = planning.plan(connection, who, rows, now=house.now)
        asked = asking.of_copy(rows, found, "card seen"), asking.of_erasure(plan, "letter 7")
        ids = [approving.prepare(connection, each, by="command:samia", now=house.now).id for each in asked]
    reader = house.staff("adham", ("*", "administrator"))
    for path in ("/centre/requests", *(f"/centre/requests/{id_}" for id_ in ids)):
        text = plain(reader.get(path).text)
        assert not re.search(r"a person|\b(section|goes|stays)_|\b(cases|drafts|citizens|notices|steps|documents)\b", text), (path, text)
        assert "شخص لا يُسمى هنا" in text and "سامي" not in text and mobile(4) not in text
    assert number in reader.get(f"/centre/requests/{ids[1]}").text and "الطلب لم ينته بعد" in plain(
        reader.get(f"/centre/requests/{ids[1]}").text
    )


def test_more_leads_to_every_look_once_and_parts_no_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("office.desk.centre.reads._SHOWN", 2)
    times = [10, 20, 20, 20, 30, 40, 40, 50]
    with house.context.engine.begin() as connection:
        for line, at in enumerate(times):
            row = {"at": at, "actor": "staff:0", "actor_name": "x", "application": "APP-TURN", "authority": "MN1", "what": "document"}
            connection.execute(reads.insert().values(row | {"item": f"line{line}", "many": 1}))
    manager = house.staff("magdy", ("MN1", "manager"))
    pages, path = list[list[str]](), "/centre/applicants/reads?application=app-turn"
    while path:
        text = manager.get(path).text
        pages.append(re.findall(r"line\d", text))
        assert len(pages) < 9
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = html.unescape(following[1]) if following else ""
        assert not following or "application=APP-TURN" in path
    assert [len(page) for page in pages] == [3, 4, 1], "50 40 40, 30 20 20 20, 10"
    assert sorted(line for page in pages for line in page) == [f"line{line}" for line in range(len(times))]
    assert 'data-code="page_unknown"' in manager.get("/centre/applicants/reads?before=x", 422).text


def test_a_small_authority_s_looks_are_not_crowded_out_by_another_s(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.citizen(5)
    mine = house.work.submitted("shop.first", shop(latitude="31.2781"), actor=house.actor_of(5))
    theirs = [
        house.work.submitted("shop.first", shop(latitude=f"31.220{place}", longitude="29.9601"), actor=house.actor_of(5))
        for place in (1, 2)
    ]
    house.staff("rasha", ("MN1", "reviewer")).get(f"/centre/applications/{mine}")
    for number in theirs:
        house.staff("away", ("SHQ", "reviewer")).get(f"/centre/applications/{number}")
    monkeypatch.setattr(seeing, "MOST", 2)
    page = house.staff("magdy", ("MN1", "manager")).get("/centre/applicants/reads").text
    assert mine in page and not any(number in page for number in theirs)


def test_rights_that_the_database_refuses_are_told_in_the_log_and_not_to_visitors(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sentence for whoever mends them speaks of users of the system, which nobody at the desk can change."""

    def refused(*_: object, **__: object) -> bool:
        raise ProgrammingError("INSERT", {}, InsufficientPrivilege("permission denied for table case_read"))

    house.citizen(4)
    number = house.work.submitted("shop.first", shop(latitude="31.2761"), actor=house.actor_of(4))
    reviewer = house.staff("nagla", ("MN1", "reviewer"))
    monkeypatch.setattr("office.privacy.reads.note", refused)
    answer = reviewer.get(f"/centre/applications/{number}", 503)
    assert "database_unreachable" in answer.text and "permission" not in answer.text
    assert {(record.code, record.sqlstate) for record in caplog.records if hasattr(record, "sqlstate")} == {("permission", "42501")}
