"""From stored inspections to alerts that a supervisor sees: by the command, once, and again only for something new."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

import khatm
from inspections.alerts import raising, store
from inspections.detection.tables import alert_events, alert_inspections, alerts
from inspections.visits.tables import inspections
from tests.inspections.town import Town, Visitor
from tests.world import SHOP_SITE


@pytest.fixture
def own(own: Town) -> Town:
    """The town without its alerts."""
    with own.engine.begin() as connection:
        for table in (alert_events, alert_inspections, alerts):
            connection.execute(delete(table))
    return own


def test_a_code_that_hangs_in_two_places_becomes_one_alert_that_explains_itself(own: Town) -> None:
    phone = own.phones["amal"]
    for far in (0.0, 900.0):
        own.pass_time(phone, 7200)
        own.scan(phone, "clothes", 1, location=own.location(SHOP_SITE.point, far))
    phone.sync()
    for _ in range(2):
        given = raising.run(own.engine, own.context.licensed(), now=own.now)
    assert given["two_places"] == 1
    with own.engine.connect() as connection:
        found, _ = store.listed(connection, {"MID"}, open_=True, rule="two_places")
        assert store.listed(connection, {"AGM"}, open_=True, rule="two_places")[0] == []
    assert [each.number for each in found] == [own.numbers["clothes"]]
    supervisor = Visitor(own, own.people["supervisor"])  # hours have passed
    page = supervisor.get(f"/alerts/{found[0].id}").text
    assert own.numbers["clothes"] in page and 'r="17"' in page and "شوهد" in page
    assert page.count("<li>") > 2, "evidence in sentences"
    supervisor.post(f"/alerts/{found[0].id}/close", reason="moved")
    raising.run(own.engine, own.context.licensed(), now=own.now)
    with own.engine.connect() as connection:
        assert store.listed(connection, None, open_=True, rule="two_places")[0] == []


def test_a_copy_that_is_met_a_year_later_is_held_against_what_is_remembered(own: Town) -> None:
    """Nobody meets one code twice in a season: two years of a license are looked at once it is seen again."""
    phone = own.phones["amal"]
    own.scan(phone, "clothes", 1)
    phone.sync()
    own.pass_time(phone, 400 * 86_400)
    assert raising.run(own.engine, own.context.licensed(), now=own.now)["two_places"] == 0, "seen in one place, and not of late"
    own.scan(phone, "clothes", 1, location=own.location(SHOP_SITE.point, 900.0))
    phone.sync()
    assert raising.run(own.engine, own.context.licensed(), now=own.now)["two_places"] == 1


def test_two_boards_in_one_radius_become_an_alert_and_a_new_edition_none(own: Town) -> None:
    phone = own.phones["amal"]
    for turn in range(4):
        own.pass_time(phone, 86_400)
        name, where = (("ملابس الأناقة", 0.0), ("عصائر فرغلي", 40.0))[turn % 2]
        own.scan(phone, "clothes", 1, location=own.location(SHOP_SITE.point, where), seen_name=name)
    phone.sync()
    assert raising.run(own.engine, own.context.licensed(), now=own.now)["two_shops"] == 1
    with own.engine.connect() as connection:
        [found] = store.listed(connection, {"MID"}, open_=True, rule="two_shops")[0]
        seen = raising.sightings(connection, since=0, until=own.now + 1, of=[own.numbers["clothes"]])
    assert {each.edition for each in seen} == {0} and {each.type for each in seen} == {"shop"}
    page = Visitor(own, own.people["supervisor"]).get(f"/alerts/{found.id}").text
    assert "عصائر فرغلي" in page and "ملابس الأناقة" in page


def test_a_name_whose_time_is_over_is_not_looked_at(own: Town) -> None:
    with own.engine.begin() as connection:
        connection.execute(update(inspections).values(name_removed_at=own.now, position_removed_at=own.now))
        seen = raising.sightings(connection, since=0, until=own.now + 1)
    assert seen and {(each.name_seen, each.position) for each in seen} == {(None, None)}


def test_what_is_set_apart_speaks_for_nothing(own: Town) -> None:
    with own.engine.connect() as connection:
        before = raising.sightings(connection, since=0, until=own.now + 1)
    assert {each.authority for each in before} == {"MID", "AGM"} and len(before) == 7
    own.visitors["supervisor"].post(own.path("/devices/{kid_amal}/suspend"))
    phone = own.phones["amal"]
    own.pass_time(phone)
    phone.record()
    phone.sync()
    with own.engine.connect() as connection:
        assert len(raising.sightings(connection, since=0, until=own.now + 1)) == 7


def test_the_command_says_what_each_rule_gave(own: Town) -> None:
    where = ("--database", own.locations.database, "--files", str(own.locations.files))
    lists = ("--published", str(own.world.folder), "--root", str(own.world.root_file), "--sites", str(own.settings.sites))
    at = own.world.now.isoformat()
    ran = CliRunner().invoke(khatm.main, ["inspections", "detect", *where, *lists, "--now", at])
    assert ran.exit_code == 0, ran.output
    assert "two_places" in ran.output and "never_seen" in ran.output
    with own.engine.connect() as connection:
        assert all(row.authority in ("MID", "AGM") for row in connection.execute(select(alerts)))
