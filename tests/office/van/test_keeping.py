"""What a van brought is kept as long as retention.yaml says, and belongs to a person's copy and erasure."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from governorate import retention
from office.laptop import slips
from office.privacy import copying, forgetting, gathering, overdue, person, planning, sweeping
from office.privacy.errors import PrivacyError
from office.privacy.person import Named, Rows
from office.van import keeping
from office.van.tables import documents, parcels
from tests.office.applicants.invented import national_id
from tests.office.applications.workplace import DAY
from tests.office.desk.house import mobile
from tests.office.van.centre import Centre

DAYS = retention.default().days("brought")
MINE = f"+2{mobile(7)}"


def rows(centre: Centre) -> list[Any]:
    columns = parcels.c.state, parcels.c.body, parcels.c.kid, parcels.c.mobile_end, parcels.c.reasons
    with centre.context.engine.connect() as connection:
        return list(connection.execute(select(*columns).order_by(parcels.c.id)))


def digests(centre: Centre) -> list[bytes]:
    with centre.context.engine.connect() as connection:
        return list(connection.scalars(select(documents.c.digest)))


def brought(centre: Centre, *more: dict[str, str]) -> Path:
    """A laptop whose forms have arrived."""
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip()
    for fields in more:
        counter.slip(**fields)
    counter.lock()
    centre.bring(folder)
    return folder


def overdue_at(centre: Centre, now: int) -> int:
    with centre.context.engine.connect() as connection:
        return overdue.office(connection, retention.default(), now=now)["brought"]


def test_what_nobody_took_goes_and_the_laptop_is_told(each_centre: Centre) -> None:
    centre = each_centre
    folder = brought(centre)
    arrived = centre.now
    assert sweeping.sweep(centre.context.engine, now=arrived + DAYS * DAY)["van parcels forgotten"] == 0, "not a day too early"
    (row,) = rows(centre)
    assert row.state == "waiting" and bytes(row.body) and row.mobile_end and digests(centre)
    assert overdue_at(centre, arrived + (DAYS + 2) * DAY) == 1
    assert sweeping.sweep(centre.context.engine, now=arrived + DAYS * DAY + 1)["van parcels forgotten"] == 1
    (row,) = rows(centre)
    assert (row.state, bytes(row.body), row.kid, row.mobile_end) == ("refused", b"", "", "") and digests(centre) == []
    assert row.reasons == [["", "van_kept_over", ""]]
    assert sweeping.sweep(centre.context.engine, now=arrived + DAYS * DAY + 1)["van parcels forgotten"] == 0
    assert overdue_at(centre, arrived + (DAYS + 2) * DAY) == 0
    centre.bring(folder)
    counter = centre.counter(folder)
    page = counter.get("/centre/").text
    assert 'data-code="van_kept_over"' in page
    reference = page.split("/centre/slips/")[1].split('"')[0]
    key = counter.post(f"/centre/slips/{reference}/mend", 303).location.split("/")[3]
    assert counter.close(key) == reference
    counter.lock()
    centre.bring(folder)
    assert [row.state for row in rows(centre)] == ["replaced", "waiting"]
    centre.file_all(centre.clerk_at_desk())
    assert centre.applications() == 1, "late, and not lost"


def test_what_was_refused_and_nobody_mends_leaves_the_laptop_too(each_centre: Centre) -> None:
    """Not a day too early, counted from the refusal by the office's clock, and never what still waits to be sent."""
    centre = each_centre
    folder = brought(centre, {"trade_name": "مكتبة سيدي بشر", "latitude": "31.2761"})
    sweeping.sweep(centre.context.engine, now=centre.now + DAYS * DAY + 1)
    centre.now += DAYS * DAY + 1
    centre.bring(folder)
    counter = centre.counter(folder)
    page = counter.get("/centre/").text
    assert page.count('data-code="van_kept_over"') == 2
    refused, mending = re.findall(r'<li class="item" id="(VAN-[^"]+)"', page)
    counter.post(f"/centre/slips/{mending}/mend", 303)
    counter.lock()

    def stands() -> tuple[list[str], int]:
        centre.bring(folder)
        with centre.reached(folder) as held, held.engine.connect() as connection:
            return [slip.state for slip in slips.listed(connection)], len(list((folder / "documents").glob("*")))

    centre.now += DAYS * DAY - 1
    states, files = stands()
    assert states == ["refused", "open"] and files
    centre.now += 2
    assert stands() == (["over", "over"], 0)
    counter = centre.counter(folder)
    page = counter.get("/centre/").text
    assert refused in page and "مكتبة سيدي بشر" not in page and "/mend" not in page
    assert "انتهى دون تصحيح" in page and "فحُذف من هذا الحاسوب" in counter.get(f"/centre/slips/{refused}").text
    counter.post(f"/centre/slips/{refused}/mend", 422)
    assert centre.applications() == 0


def test_a_slip_that_was_filed_is_looked_up_no_longer_and_the_case_still_names_the_van(each_centre: Centre) -> None:
    centre = each_centre
    brought(centre)
    clerk = centre.clerk_at_desk()
    centre.file_all(clerk)
    number = clerk.get("/centre/van").text.split("/centre/applications/")[1].split('"')[0]
    reference = clerk.get("/centre/van").text.split("VAN-")[1][:13]
    stranger = centre.client()
    stranger.get("/slips")
    assert number in stranger.post("/slips", 200, reference=f"VAN-{reference}", digits=mobile(7)[-4:]).text
    assert sweeping.sweep(centre.context.engine, now=centre.now + DAYS * DAY + 1)["van parcels forgotten"] == 1
    stranger.get("/slips")
    assert 'data-code="van_slip_unknown"' in stranger.post("/slips", reference=f"VAN-{reference}", digits=mobile(7)[-4:]).text
    assert reference in clerk.get(f"/centre/applications/{number}").text


def found(centre: Centre, named: Named) -> Rows:
    with centre.context.engine.connect() as connection:
        return person.find(connection, centre.context.applicants, named)


@pytest.mark.parametrize("named", [Named(mobile=MINE), Named(national_id=national_id(1))])
def test_what_waits_is_in_a_person_s_copy_and_is_decided_before_they_are_erased(each_centre: Centre, named: Named) -> None:
    centre = each_centre
    brought(centre)
    who = found(centre, named)
    assert len(who.brought) == 1 and who.cases == ()
    with centre.context.engine.connect() as connection:
        gathered = gathering.gather(connection, None, centre.context.applicants, named, who)
        plan = planning.plan(connection, named, who, now=centre.now)
    assert [each.why for each in plan.stays] == ["stays_brought"] and plan.empty
    made = copying.files(gathered, centre.context.store, governorate={"ar": "محافظة", "en": "A governorate"}, request=1, now=centre.now)
    (held,) = json.loads(made["person.json"])["sections"]["brought"]
    assert held["mobile"] == MINE and held["fields"]["trade_name"] == "مخبز الأمل"
    assert held["typed_applicant"]["applicant_national_id"] == national_id(1)
    assert "مخبز الأمل" in made["index.html"].decode() and held["reference"] in made["index.html"].decode()
    for other in (Named(mobile=f"+2{mobile(8)}"), Named(national_id=national_id(2)), Named(tax_number="123456789")):
        with pytest.raises(PrivacyError, match="person_unknown"):
            found(centre, other)


def test_what_no_key_opens_is_said_and_not_called_nobodys(centre: Centre) -> None:
    brought(centre)
    centre.file_all(centre.clerk_at_desk())
    folder = centre.folder / "van"
    counter = centre.counter(folder)
    counter.slip(trade_name="محل الورد", latitude="31.2790")
    counter.lock()
    centre.bring(folder)
    named = Named(mobile=MINE)
    with centre.context.engine.connect() as connection:
        who = person.find(connection, None, named)
        assert who.brought == () and who.unread == 1
        assert "copy_without_parcels" in gathering.gather(connection, None, None, named, who).missing


def test_an_erasure_takes_the_slip_that_was_mended_before_with_it(each_centre: Centre) -> None:
    centre = each_centre
    folder = brought(centre, {"trade_name": "محل الورد", "latitude": "31.2790", "number": mobile(8)})
    clerk = centre.clerk_at_desk()
    clerk.get("/centre/van")
    clerk.post("/centre/van/1/back", 303, reason="اكتب رقم العقار")
    centre.bring(folder)
    counter = centre.counter(folder)
    reference = counter.get("/centre/").text.split("اكتب رقم العقار")[0].rsplit("/centre/slips/", 1)[1].split('"')[0]
    key = counter.post(f"/centre/slips/{reference}/mend", 303).location.split("/")[3]
    counter.close(key)
    counter.lock()
    centre.bring(folder)
    centre.file_all(clerk)
    assert [row.state for row in rows(centre)] == ["replaced", "filed", "filed"]
    who = found(centre, Named(mobile=MINE))
    with centre.context.engine.begin() as connection:
        assert keeping.of_applications(connection, who.cases) == (1, 3)
        forgetting._attached(connection, who.cases)
    assert [row.mobile_end for row in rows(centre)] == ["", mobile(8)[-4:], ""], "hers before it was mended, and nobody else's"
