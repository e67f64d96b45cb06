"""Rows that an import held back, decided at the desk as the command decides them; sealed by the worker, let out by the publisher."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from sqlalchemy import select, text, update

from issuer.guard.approving import Approval, Sought
from issuer.register import history, waiting
from issuer.register.tables import held, licenses, seals
from office.licenses import holding
from office.licenses.approved import Requested
from office.licenses.imports import retention
from office.licenses.tables import import_rows
from storage.database import reading
from tests.browser import violations
from tests.issuer import offices
from tests.office.applications.conftest import unlocked
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, Visitor, faults, plain, served
from tests.office.desk.test_importing import Desk, desk_sealed, rows
from tests.office.desk.test_licensing import hands

__all__ = ["unlocked"]

COARSE = {"latitude": "31.27", "longitude": "30.00", "trade_name": "المقرّب"}
DAY = 86_400


class Held(Desk):
    """A desk where a file with two good rows and a coarse one was approved and sealed: one row waits."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        assert desk_sealed(self, rows({}, {}, COARSE)) == 2
        self.manager = house.staff("hoda", ("MN1", "manager"))

    def path(self, who: Visitor | None = None) -> str:
        found = re.findall(r'href="(/centre/held/\d+)"', (who or self.reem).get("/centre/held").text)
        assert len(found) == 1, found
        return found[0]

    def carry(self, **more: bool) -> Counter[str]:
        return holding.run(self.house.context.engine, hands(self.house, **more), now=self.house.now)

    def let_out(self) -> list[Approval | str]:
        """What the publisher says of each seal."""
        columns = seals.c.id, seals.c.edition, seals.c.license_id, licenses.c.number, licenses.c.identity, licenses.c.source, seals.c.token
        with reading(self.house.context.engine) as connection:
            found = connection.execute(select(*columns).join(licenses, licenses.c.id == seals.c.license_id).order_by(seals.c.id)).all()
            of = Requested()
            return [
                of.of(connection, Sought(place, *(bytes(x) if isinstance(x, memoryview) else x for x in row)))
                for place, row in enumerate(found)
            ]


@pytest.fixture
def desk(each_house: House) -> Held:
    return Held(each_house)


@pytest.fixture
def lone(house: House) -> Held:
    return Held(house)


def test_a_coarse_place_is_looked_at_accepted_and_sealed_by_the_worker_alone(desk: Held) -> None:
    page = plain(desk.reem.get(desk.path()).text)
    assert "المقرّب" in page and "site_coarse" in faults(desk.reem.get(desk.path()).text) | set(
        re.findall(r'data-code="(\w+)"', desk.reem.get(desk.path()).text)
    )
    path = desk.path()
    assert desk.reem.post(path, 303, decision="accept").location == "/centre/held"
    assert len(desk.sealed()) == 2, "a desk seals nothing"
    assert "قُبل" in desk.reem.get("/centre/held").text
    assert desk.carry(released=False) == Counter(release_missing=1) and desk.carry() == Counter(held_issued=1)
    assert desk.sealed()[-1] == "المقرّب" and desk.carry() == Counter()
    assert all(isinstance(each, Approval) for each in desk.let_out()), "the publisher lets it out by the file's own approval"
    assert 'id="held"' not in desk.reem.get("/centre/held").text
    desk.reem.get(path, 404)
    assert desk.counts("/centre/imports/1") == {"issued": 3}, "and the import says what became of its row"


def test_a_dropped_row_is_never_sealed_and_does_not_come_back(desk: Held) -> None:
    path = desk.path()
    desk.manager.post(path, 303, decision="dismiss")
    assert desk.carry() == Counter() and len(desk.sealed()) == 2
    desk.manager.post(path, 404, decision="accept")
    assert desk.counts(desk.send(desk.mona, rows({}, {}, COARSE)))["already"] == 2
    assert "held" not in desk.counts("/centre/imports/1")


def test_what_was_accepted_can_be_dropped_until_it_is_sealed(lone: Held) -> None:
    path = lone.path()
    lone.reem.post(path, 303, decision="accept")
    again = lone.reem.get(path).text
    assert 'value="accept"' not in again and 'value="dismiss"' in again
    lone.manager.post(path, 303, decision="dismiss")
    assert lone.carry() == Counter() and len(lone.sealed()) == 2


def test_a_change_of_a_license_shows_before_and_after_and_gives_a_new_edition(desk: Held) -> None:
    assert desk_sealed(desk, rows({"address": "شارع آخر"}, {}, COARSE)) == 0, "the change waits: nobody asked to apply changes"
    path = next(each for each in re.findall(r'href="(/centre/held/\d+)"', desk.reem.get("/centre/held").text) if each != "/centre/held/1")
    page = desk.reem.get(path).text
    assert "held_changes" in page and "شارع آخر" in page and offices.rows(1)[0]["address"] in page
    desk.reem.post(path, 303, decision="accept")
    assert desk.carry() == Counter(held_issued=1)
    (number,) = re.findall(r"/centre/licenses/(ALX-[\w-]+)", page)[:1]
    record = history.show(desk.house.context.engine, number)
    assert (record.claims.license.address, record.claims.edition) == ("شارع آخر", 1)
    assert all(isinstance(each, Approval) for each in desk.let_out())


# What somebody would try.


def test_clerks_and_others_find_nothing_to_decide(desk: Held) -> None:
    path = desk.path()
    desk.mona.get("/centre/held", 403)
    desk.mona.post(path, 403, decision="accept")
    assert 'id="held"' not in desk.hany.get("/centre/held").text
    desk.hany.get(path, 404)
    desk.hany.post(path, 404, decision="accept")
    desk.reem.post(path, 400, decision="both")
    for id_ in ("0", "999", "9007199254740992"):
        desk.reem.get(f"/centre/held/{id_}", 404)
    desk.reem.get("/centre/held?after=x", 422)
    assert desk.carry() == Counter()


def test_a_row_that_was_changed_past_the_desk_is_not_sealed(lone: Held) -> None:
    """Whoever writes the database makes nothing of their own license out of a row that waits."""
    lone.reem.post(lone.path(), 303, decision="accept")
    engine = lone.house.context.engine
    with engine.begin() as connection:
        row = connection.execute(select(held.c.row).where(held.c.decision == waiting.ACCEPTED)).scalar_one()
        connection.execute(update(held).values(row={**row, "trade_name": "مقهى اللص"}))
    assert lone.carry() == Counter(approval_missing=1) and "مقهى اللص" not in lone.sealed()
    with reading(engine) as connection:
        assert [each.decision for each in waiting.undecided(connection)] == [None], "it waits again"


def test_what_was_approved_is_kept_as_long_as_a_row_waits(lone: Held) -> None:
    engine, late = lone.house.context.engine, lone.house.now + 91 * DAY

    def swept() -> int:
        with engine.begin() as connection:
            retention.sweep(connection, now=late)
            return len(connection.scalars(select(import_rows.c.line)).all())

    assert swept() == 3
    lone.house.now = late
    lone.reem = lone.house.staff("reem")
    lone.reem.post(lone.path(), 303, decision="accept")
    assert lone.carry() == Counter(held_issued=1)
    assert swept() == 3, "the publisher still has to look"
    assert all(isinstance(each, Approval) for each in lone.let_out())


def test_rows_of_a_console_s_file_stay_with_its_command(lone: Held) -> None:
    engine = lone.house.context.engine
    with engine.begin() as connection:
        connection.execute(update(held).values(source=b"\1" * 32))
    assert 'id="held"' not in lone.reem.get("/centre/held").text
    lone.reem.get("/centre/held/1", 404)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM held")).scalar_one() == 1


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_without_a_script_on_a_narrow_phone(house: House, browsers: Browsers, lang: str) -> None:
    here = Held(house)
    with served(house) as address:
        page = browsers.page(address, narrow=True, visitor=here.reem, java_script_enabled=False)
        checked = browsers.page(address, narrow=True, visitor=here.reem)
        page.goto(f"/centre/held?lang={lang}")
        checked.goto(f"/centre/held?lang={lang}")
        assert violations(checked) == [] and page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("#held a").click()
        checked.goto(page.url)
        assert violations(checked) == [] and page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator('button[value="accept"]').click()
        page.wait_for_url("**/centre/held")
        assert page.locator("#held .pill").count() == 1
