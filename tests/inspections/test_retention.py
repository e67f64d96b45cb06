"""What is kept too long goes, in batches, and is said; what a phone signed stays whole, with its chain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from inspections import commands, retention
from inspections.detection.tables import alert_inspections, alerts
from inspections.devices import records
from inspections.devices.tables import device_sign_ins
from inspections.retention import DAY, Kept
from inspections.visits import intake, lookups
from inspections.visits.tables import inspection_photographs, inspections, photographs, retentions
from inspections.visits.tables import lookups as looked_up
from seal.inspection import Location, digest
from seal.trust import moment
from tests.inspections.phone import Phone, noise
from tests.inspections.street import Street
from tests.inspections.test_commands import iso, lists, words
from tests.inspections.test_database import run
from tests.inspections.town import Town

YEARS = 4 * 365 * DAY


@pytest.fixture
def lived(each_street: Street, monkeypatch: pytest.MonkeyPatch) -> tuple[Street, Phone, list[bytes]]:
    """A street with five inspections of four years ago, photographs, a look-up; batches are of two."""
    monkeypatch.setattr(retention, "BATCH", 2)
    phone = each_street.signed_in(each_street.phone(each_street.account("amal", ("MID", "inspector"))))
    pictures = [noise() for _ in range(5)]
    for each in pictures:
        here = Location(31.2, 29.9, 6.5, phone.now - 20, 2)
        name, message = phone.record(photographs=[each], no_fix=None, location=here)
        assert phone.put(name, message)[0] == 201
        assert phone.upload(digest(each), each)[0] == 201
    with each_street.engine.begin() as connection:
        account = connection.scalar(select(device_sign_ins.c.account_id).limit(1))
        lookups.note(connection, account_id=account or 1, by="x", kind="name", asked="مخبز", found=1, now=each_street.now)
    return each_street, phone, pictures


def standing(street: Street) -> dict[str, Any]:
    seen = inspections.c
    with street.engine.connect() as connection:
        return {
            "names": connection.scalar(select(func.count()).where(seen.seen_name != "")),
            "positions": connection.scalar(select(func.count()).where(seen.latitude.is_not(None))),
            "photographs": connection.scalar(select(func.count()).where(photographs.c.removed_at.is_(None))),
            "lookups": connection.scalar(select(func.count()).select_from(looked_up)),
            "sign_ins": connection.scalar(select(func.count()).select_from(device_sign_ins)),
        }


def test_only_what_is_over_goes_and_only_when_told(lived: tuple[Street, Phone, list[bytes]]) -> None:
    street, _, pictures = lived
    store, later = street.context.photographs, street.now + YEARS
    before = standing(street)
    assert retention.counted(street.engine, Kept.of(), now=street.now) == dict.fromkeys(before, 0)
    assert retention.counted(street.engine, Kept.of(), now=later) == {**before, "names": 5, "positions": 5, "photographs": 5}
    told = run("retain", *words(street), "--now", iso(later))
    assert "5  photographs older than 1095 days" in told and "nothing was removed" in told
    assert standing(street) == before
    assert retention.remove(street.engine, store, Kept.of(lookups=10_000), now=later)["lookups"] == 0
    assert standing(street) == dict.fromkeys(before, 0) | {"lookups": 1}
    assert not any(store.has(digest(each)) for each in pictures)
    assert "1  look-ups of the police older than 365 days" in run("retain", "--apply", *words(street), "--now", iso(later))
    assert sum(retention.remove(street.engine, store, Kept.of(), now=later).values()) == 0
    with street.engine.connect() as connection:
        said = {(row.kind, row.number) for row in connection.execute(select(retentions))}
        assert said >= {("photographs", 5), ("names", 5), ("positions", 5), ("lookups", 1)}
        assert len(retention.history(connection)) == len(said)


@pytest.fixture
def unkept(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the commands' clock say another time, and the kernel that nobody keeps it."""

    def says(seconds: int) -> None:
        for command in (commands.retain, commands.evaluate):
            (option,) = [each for each in command.params if each.name == "now"]
            monkeypatch.setattr(option, "default", lambda: moment(seconds))
        monkeypatch.setattr("web.clock.now", lambda: moment(seconds))
        monkeypatch.setattr("web.clock.synchronised", lambda: False)

    return says


def test_by_a_clock_that_nobody_keeps_nothing_goes(
    lived: tuple[Street, Phone, list[bytes]], unkept: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose clock is four years ahead would remove every photograph in a night."""
    street, before = lived[0], standing(lived[0])
    unkept(street.now + YEARS)
    told = ("retain", "--apply", *words(street))
    assert "clock_unconfirmed" in run(*told, *lists(street), exit_code=2)
    assert "nowhere" in run(*told, "--published", "nowhere", exit_code=2), "without lists to go by"
    assert "clock_confirmed_differs" in run(*told, *lists(street), "--clock-confirmed", iso(street.now), exit_code=2)
    assert standing(street) == before
    monkeypatch.setattr("web.clock.synchronised", lambda: True)
    assert "removed" in run(*told)
    assert standing(street)["photographs"] == 0


def test_a_person_who_types_the_time_vouches_for_it(lived: tuple[Street, Phone, list[bytes]], unkept: Callable[[int], None]) -> None:
    street = lived[0]
    unkept(street.now + YEARS)
    assert "removed" in run("retain", "--apply", *words(street), "--clock-confirmed", iso(street.now + YEARS))
    assert standing(street)["photographs"] == 0


def test_a_photograph_whose_inspection_is_still_on_the_phone_stays_by_such_a_clock(
    lived: tuple[Street, Phone, list[bytes]], unkept: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    street = lived[0]
    with street.engine.begin() as connection:
        row = connection.execute(select(photographs).limit(1)).one()._mapping
        connection.execute(photographs.insert().values({**row, "sha256": b"o" * 32, "arrived_at": street.now - 20 * DAY}))
    unkept(street.now + 20 * DAY)
    judged = run("evaluate", *words(street), *lists(street))
    assert "clock_unconfirmed" in judged and "0 photographs without an inspection removed" in judged
    assert standing(street)["photographs"] == 6
    monkeypatch.setattr("web.clock.synchronised", lambda: True)
    assert "1 photographs without an inspection removed" in run("evaluate", *words(street), *lists(street))


def test_what_was_signed_stays_whole_and_what_went_does_not_come_back(lived: tuple[Street, Phone, list[bytes]]) -> None:
    street, phone, pictures = lived
    retention.remove(street.engine, street.context.photographs, Kept.of(), now=street.now + YEARS)
    previous = None
    with street.engine.connect() as connection:
        rows = connection.execute(select(inspections).order_by(inspections.c.sequence)).all()
        for row in rows:
            _, held = intake.opened(connection, bytes(row.message), None)
            assert digest(bytes(row.message)) == bytes(row.digest) and held.previous == previous
            assert held.seen_name and held.location, "in the message it is still"
            previous = bytes(row.digest)
            assert intake.find(connection, [row.device_id], bytes(row.cti)).missing == (), "a phone is not asked for what was removed"
        assert records.by_kid(connection, phone.kid).head.digest == previous
    assert phone.upload(digest(pictures[0]), pictures[0])[0] == 200
    assert not street.context.photographs.has(digest(pictures[0]))
    assert phone.put(*phone.record())[0] == 201


def test_the_page_of_an_inspection_says_what_was_removed(tmp_path: Path) -> None:
    town = Town(tmp_path, f"sqlite:///{tmp_path / 'inspections.sqlite'}")
    with town.engine.begin() as connection:
        connection.execute(alerts.update().values(closed_at=1))
        found = connection.scalar(select(func.min(inspection_photographs.c.inspection_id)))
        name, latitude = connection.execute(select(inspections.c.seen_name, inspections.c.latitude).where(inspections.c.id == found)).one()
    visitor, path = town.visitors["supervisor"], f"/visits/{found}"
    before = visitor.get(path).get_data(as_text=True)
    assert f"{latitude:.5f}" in before and "data-removed" not in before
    retention.remove(town.engine, town.context.photographs, Kept.of(), now=town.now + YEARS)
    after = visitor.get(path).get_data(as_text=True)
    assert after.count("حُذف بعد انتهاء مدة حفظه") >= 3 and f"{latitude:.5f}" not in after
    assert after.count(name) < before.count(name)
    visitor.get(f"{path}/photographs/1.jpg", 404)
    town.close()


def test_what_speaks_for_an_open_alert_stays(lived: tuple[Street, Phone, list[bytes]]) -> None:
    street, _, pictures = lived
    with street.engine.begin() as connection:
        first = connection.scalar(select(func.min(inspections.c.id)))
        about = {"rule": "two_places", "subject": "x", "authority": "MID", "opened_at": 0, "renewed_at": 0, "evidence": {}}
        alert = connection.scalar(alerts.insert().values(**about).returning(alerts.c.id))
        connection.execute(alert_inspections.insert().values(alert_id=alert, inspection_id=first))
    store, later = street.context.photographs, street.now + YEARS
    done = retention.remove(street.engine, store, Kept.of(), now=later)
    assert (done["names"], done["positions"], done["photographs"]) == (4, 4, 4)
    assert store.has(digest(pictures[0]))
    with street.engine.begin() as connection:
        connection.execute(alerts.update().values(closed_at=1))
    assert retention.remove(street.engine, store, Kept.of(), now=later)["photographs"] == 1
