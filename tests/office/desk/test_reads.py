"""Who opened which case and document is written down before it is shown, once an hour, and whoever leads an authority reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from office.applications.tables import attachments
from office.privacy.tables import reads
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import shop
from tests.office.desk.applicant_pictures import house_in
from tests.office.desk.house import House

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
