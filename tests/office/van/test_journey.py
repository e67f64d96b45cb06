"""From a village to a number: entered without a network, filed by a clerk, looked up by the citizen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from office import pounds
from office.messages.tables import messages
from office.payments import bills
from tests.office.applications.workplace import advertisement, shop
from tests.office.desk.house import mobile, plain
from tests.office.van.centre import Centre

TERM = shop(valid_from="2026-11-24", valid_until="2027-11-23")
ADVERTISED = advertisement(valid_from="2026-11-24", valid_until="2027-11-23")


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


@pytest.mark.parametrize(
    ("service", "fields", "known"),
    [
        (("shop", "renewal"), {"floor_area": "60"}, True),
        (
            ("advertisement", "renewal"),
            {"width_m": "4", "height_m": "3", "faces": "1", "lighting": "lit", "valid_until": "2027-11-23"},
            False,
        ),
        (("shop", "amendment"), {"changes": "توسعة", "floor_area": "80"}, False),
    ],
)
def test_what_an_earlier_license_is_needed_for_is_estimated_or_said_to_be_unknown(
    centre: Centre, service: tuple[str, str], fields: dict[str, str], known: bool
) -> None:
    """The register is not in the van: a fee by the month begins when the earlier license ends, and a difference is to what was."""
    number = centre.work.issued(f"{service[0]}.first", ADVERTISED if service[0] == "advertisement" else TERM)[1]
    counter = centre.counter(centre.hand_out())
    key = counter.draft(service=service, license=number, **({"valid_until": "2028-11-23"} if service[1] == "renewal" else {}) | fields)
    page = plain(counter.get(f"/centre/apply/{key}/check").text)
    reference = counter.close(key)
    raw = counter.get(f"/centre/slips/{reference}").text
    slip = plain(raw)
    assert ("data-unknown" in raw) is not known
    assert ("غير معروف هنا" in slip) is not known and ("غير معروف هنا" in page) is not known
    assert "30 يوم" in slip and "مهلة البت" in slip, "how long the office may take"
    if known:
        assert "بلا غرامة" in slip and "بلا غرامة" in page
        folder = centre.folder / "van"
        counter.lock()
        centre.bring(folder)
        clerk = centre.clerk_at_desk()
        centre.file_all(clerk)
        filed = clerk.get("/centre/van").text.split("/centre/applications/")[1].split('"')[0]
        with centre.context.engine.connect() as connection:
            (bill,) = bills.of_subject(connection, filed)
        assert pounds.grouped(bill.piastres) in slip, "what was estimated is what is asked for, where nothing lapsed"
