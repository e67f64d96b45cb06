"""From a village to a number: entered without a network, filed by a clerk, looked up by the citizen."""

from __future__ import annotations

from sqlalchemy import select

from office.messages.tables import messages
from tests.office.desk.house import mobile, plain
from tests.office.van.centre import Centre


def test_what_a_van_entered_is_filed_once_by_a_clerk(each_centre: Centre) -> None:
    centre = each_centre
    folder = centre.hand_out()
    counter = centre.counter(folder)
    assert counter.opened.status_code == 303
    reference = counter.slip()
    assert reference.startswith("VAN-0001-000001-")
    slip = plain(counter.get(f"/centre/slips/{reference}").text)
    assert "إيصال مؤقت" in slip and "ليس رقم طلب" in slip and "APP-" not in slip and mobile(7) not in slip
    counter.lock()
    assert centre.applications() == 0
    assert centre.bring(folder) == (1, 0, 0)
    assert centre.applications() == 0, "a laptop alone files nothing"
    clerk = centre.clerk_at_desk()
    page = clerk.get("/centre/van")
    assert reference in page.text and "مخبز الأمل" in page.text
    centre.file_all(clerk)
    assert centre.applications() == 1
    number = clerk.get("/centre/van").text.split("/centre/applications/")[1].split('"')[0]
    assert number.startswith("APP-MN1-2026-")
    with centre.context.engine.connect() as connection:
        texts = list(connection.scalars(select(messages.c.text)))
    assert any(number in (text or "") for text in texts), "the citizen is told"
    assert centre.bring(folder).filed == 1
    counter = centre.counter(folder)
    assert number in counter.get("/centre/").text
    stranger = centre.client()
    stranger.get("/slips")
    found = stranger.post("/slips", 200, reference=reference.lower(), digits=mobile(7)[-4:])
    assert number in found.text and "مخبز" not in found.text
