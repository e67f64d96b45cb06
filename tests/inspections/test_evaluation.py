"""Judged again on arrival, with the newest lists, at the time and place of the scan; beside the first verdict, never in its place."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from inspections.errors import SENTENCES
from inspections.visits import evaluating
from inspections.visits.explaining import sentence
from inspections.visits.tables import evaluations, inspections
from seal import status
from seal.inspection import Lists, Location, Told
from tests.inspections.phone import Phone
from tests.inspections.street import Street
from tests.world import SHOP_SITE

VALID = Told("valid", "genuine", "here", "site_here")


def scan(phone: Phone, text: str, *, scanned_at: int | None = None, verdict: Told | None = VALID, **changes: Any) -> tuple[bytes, bytes]:
    """An inspection of a code, scanned at the licensed site."""
    at = phone.now - 20 if scanned_at is None else scanned_at
    where = Location(SHOP_SITE.point.latitude, SHOP_SITE.point.longitude, 5.0, at, 0)
    usual: dict[str, Any] = {"kind": "license", "result": "in_order", "code": text, "verdict": verdict, "location": where, "no_fix": None}
    return phone.record(scanned_at=at, lists=Lists(7, at - 90_000), **usual | changes)


def rows(street: Street) -> list[Any]:
    with street.engine.connect() as connection:
        return list(connection.execute(select(evaluations).order_by(evaluations.c.id)))


def publish(street: Street, at: int) -> None:
    """New lists, signed at a time; the server sees them as soon as its clock is there."""
    street.now = max(street.now, at)
    street.world.publish_status(iat=at)
    street.context.loaded()


def test_the_same_verdict_is_written_down_as_such(each_street: Street) -> None:
    street = each_street
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    text = street.world.seal(street.world.license())
    assert phone.put(*scan(phone, text))[0] == 201
    (found,) = rows(street)
    assert (found.difference, found.decision, found.reason, found.trust_sequence) == ("same", "valid", "site_here", 7)
    with street.engine.connect() as connection:
        row = connection.execute(select(inspections)).one()
    assert row.number and row.number.startswith("ALX-MID-2026-") and row.license_authority == "MID"


def test_revoked_two_hours_before_the_scan_while_the_phone_s_lists_were_older(street: Street, phone: Phone) -> None:
    text = street.world.seal(street.world.license())
    scanned = street.now + 6 * 3600
    publish(street, scanned - 3 * 3600)
    street.world.set_status(text, status.INVALID)
    publish(street, scanned - 2 * 3600)
    street.now = phone.now = scanned + 8 * 3600
    publish(street, scanned + 7 * 3600)
    name, message = scan(phone, text, scanned_at=scanned)
    phone.put(name, message)
    (found,) = rows(street)
    assert (found.decision, found.reason, found.difference, found.detail) == (
        "invalid",
        "revoked",
        "revoked_before_scan",
        {"seconds": 7200},
    )
    assert sentence(found.difference, found.detail, "en") == "Revoked at least 2 hours before the scan; the phone's lists were older"
    assert sentence(found.difference, found.detail, "ar").startswith("أُلغي الترخيص قبل المسح بـساعتين")
    with street.engine.connect() as connection:
        row = connection.execute(select(inspections)).one()
    assert (row.decision, row.reason, bytes(row.message)) == ("valid", "site_here", message), "the phone's verdict stays as it was signed"


def test_revoked_after_the_scan_leaves_the_phone_s_verdict_right(street: Street, phone: Phone) -> None:
    text = street.world.seal(street.world.license())
    scanned = street.now + 3600
    publish(street, scanned + 60)
    street.world.set_status(text, status.INVALID)
    publish(street, scanned + 3660)
    street.now = phone.now = scanned + 7200
    phone.put(*scan(phone, text, scanned_at=scanned))
    (found,) = rows(street)
    assert (found.difference, found.reason) == ("revoked_after_scan", "revoked")


@pytest.mark.parametrize(
    ("value", "code"), [(status.INVALID, "revoked"), (status.SUSPENDED, "suspended"), (status.SUPERSEDED, "superseded")]
)
def test_without_a_list_from_before_nobody_says_whether_it_was_before_the_scan(street: Street, phone: Phone, value: int, code: str) -> None:
    text = street.world.seal(street.world.license())
    scanned = street.now + 3600
    street.world.statuses[street.world.given] = value
    street.now = phone.now = scanned + 7200
    publish(street, scanned + 60)
    phone.put(*scan(phone, text, scanned_at=scanned))
    assert rows(street)[0].difference == f"{code}_about_scan"


def test_lists_newer_than_the_scan_settle_what_arrived_before_them(street: Street, phone: Phone) -> None:
    text = street.world.seal(street.world.license())
    phone.put(*scan(phone, text))
    street.world.set_status(text, status.INVALID)
    publish(street, street.now + 1800)
    lists = street.context.known_lists()

    def settled() -> list[str]:
        found = evaluating.settle(street.engine, lists, street.context.archive, now=street.now + 1900, since=0)
        return [difference for _, difference in found]

    assert settled() == ["revoked_about_scan"]
    assert [each.difference for each in rows(street)] == ["same", "revoked_about_scan"]
    assert settled() == [], "it is settled: later lists speak of later"


def test_an_arrival_without_lists_is_judged_when_they_come(street: Street, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    text = street.world.seal(street.world.license())
    with monkeypatch.context() as patch:
        patch.setattr(street.context, "loaded", lambda: None)
        assert phone.put(*scan(phone, text))[0] == 201
    assert rows(street) == []
    lists = street.context.known_lists()
    assert len(list(evaluating.settle(street.engine, lists, street.context.archive, now=street.now, since=0))) == 1


def test_an_archive_that_cannot_be_written_holds_up_no_inspection(street: Street, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    text = street.world.seal(street.world.license())
    with monkeypatch.context() as patch:
        patch.setattr(street.context.archive, "learn", full)
        assert phone.put(*scan(phone, text))[0] == 201
    assert rows(street)[0].difference == "same"


def test_the_place_and_other_differences_are_said(street: Street, phone: Phone) -> None:
    text = street.world.seal(street.world.license())
    far = Location(31.25, 29.95, 5.0, phone.now - 20, 0)
    phone.put(*scan(phone, text, location=far))
    phone.put(*scan(phone, text, verdict=None))
    phone.put(*scan(phone, street.world.forged(street.world.license())))
    phone.put(*phone.record())
    told = [(each.difference, each.detail) for each in rows(street)]
    assert told == [
        ("place_differs", {"there": "here", "here": "elsewhere"}),
        ("not_judged_there", {"reason": "site_here"}),
        ("verdict_differs", {"there": "site_here", "here": "signature_invalid"}),
    ]
    for language in ("ar", "en"):
        assert all("{" not in sentence(each.difference, each.detail, language) for each in rows(street))


def test_a_forged_code_names_no_license(street: Street, phone: Phone) -> None:
    phone.put(*scan(phone, street.world.forged(street.world.license())))
    with street.engine.connect() as connection:
        assert connection.execute(select(inspections.c.number, inspections.c.license_authority)).one() == (None, None)


def test_every_difference_has_a_sentence() -> None:
    moments = [f"{code}_{when}_scan" for code in ("revoked", "suspended", "superseded") for when in ("before", "after", "about")]
    wanted = [*moments, "same", "place_differs", "not_judged_there", "verdict_differs"]
    assert {f"evaluation_{each}" for each in wanted} <= set(SENTENCES)
