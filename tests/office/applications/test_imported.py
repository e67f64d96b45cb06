"""A license that came from a file, with no application behind it, is renewed like any other, whatever sizes the file had.

A renewal compares only the sizes that the earlier license has: an imported one may lack some, or all.
"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from issuer.register import history
from issuer.register.tables import licenses
from office.applications import judging, sites
from office.applications.errors import RefusedError
from office.services import catalogue
from tests.issuer.offices import Office, row
from tests.office.applications.workplace import Workplace, advertisement, moment

HOLDER = "منى علي حسن"
OUTLINE = "MULTIPOLYGON(((30.0050 31.2750, 30.0053 31.2750, 30.0053 31.2753, 30.0050 31.2753, 30.0050 31.2750)))"
LATER = "2027-11-30"
#: Of each type what a file says of sizes (most files say nothing), and what its renewal asks for. An advertisement always has two.
KINDS = {
    "محل عام": ("shop", {}, {"floor_area": "60"}),
    "محل": ("shop", {"floors": "2"}, {"floor_area": "60"}),
    "إشغال طريق": ("occupancy", {}, {"width_m": "2", "depth_m": "1.5"}),
    "إشغال": ("occupancy", {"width_m": "2,5", "height_m": "3"}, {"width_m": "٢٫٥", "depth_m": "1"}),
    "لوحة إعلانية": ("advertisement", {"width_m": "4 م", "height_m": "3"}, {}),
    "إعلان": ("advertisement", {"width_m": "4", "height_m": "3", "faces": "2"}, {"faces": "2"}),
    "بناء": ("building", {"radius_m": "", "footprint": OUTLINE}, {"floors": "5", "floor_area": "200"}),
    "هدم": ("demolition", {"floors": "3", "height_m": "11"}, {"floors": "3", "floor_area": "150"}),
    "ترميم": ("restoration", {}, {"floors": "2", "floor_area": "90"}),
}


def imported(here: Workplace, type_: str, **sizes: str) -> str:
    """Seal a file of one row by the command; return the license's number."""
    office = Office(here.folder, here.engine.url.render_as_string(hide_password=False))
    named = {"trade_name": "مطعم البحر", "holder": HOLDER, "valid_from": "1/12/2025", "valid_until": "30/11/2026"}
    file = office.write("licenses.csv", [row(type=type_, **named | sizes)])
    assert "1 issued" in office.run("issue", file, "--no-output").output
    assert "0 issued" in office.run("issue", file, "--no-output").output
    with here.engine.connect() as connection:
        return str(connection.scalar(select(licenses.c.number).order_by(licenses.c.id.desc()).limit(1)))


@pytest.mark.parametrize(("type_", "code", "held", "asked"), [(name, *kind) for name, kind in KINDS.items()])
def test_an_imported_license_of_each_type_is_renewed(
    here: Workplace, type_: str, code: str, held: dict[str, str], asked: dict[str, str]
) -> None:
    old = imported(here, type_, **held)
    before = history.show(here.engine, old).claims.license
    usual = advertisement(latitude="", longitude="", radius_m="", trade_name="", activity="", address="") if code == "advertisement" else {}
    fields = usual | asked | {"license": old, "holder": HOLDER, "valid_from": "", "valid_until": LATER}
    number, new = here.issued(f"{code}.renewal", fields)
    assert here.show(number).subject == old != new
    record = history.show(here.engine, new)
    after = record.claims.license
    assert (record.status, after.first_day, after.last_day) == ("valid", date(2026, 12, 1), date(2027, 11, 30))
    assert after.site == before.site and after.trade_name == before.trade_name
    assert {name: after.details[name] for name in before.details} == before.details
    assert history.show(here.engine, old).status == "valid", "until its own end"
    with here.engine.connect() as connection:
        assert [each[:3] for each in sites.links(connection, old)] == [(new, old, "renewal")]


@pytest.mark.parametrize(("type_", "code"), [("إشغال", "occupancy"), ("إعلان", "advertisement"), ("هدم", "demolition")])
def test_a_size_that_it_has_is_held_to(sqlite: Workplace, type_: str, code: str) -> None:
    old = imported(sqlite, type_, width_m="4", height_m="3", floors="3")
    sizes = {"width_m": "5", "height_m": "3", "depth_m": "1", "faces": "1", "lighting": "lit", "floors": "4", "floor_area": "9"}
    key = sqlite.draft(f"{code}.renewal", sizes | {"license": old, "holder": HOLDER, "valid_until": LATER})
    with pytest.raises(RefusedError) as refused:
        sqlite.submit(key)
    assert {fault.code for fault in refused.value.faults} == {"size_differs"}


def test_an_imported_license_without_an_end_needs_no_renewal(sqlite: Workplace) -> None:
    old = imported(sqlite, "محل", valid_until="")
    key = sqlite.draft("shop.renewal", {"license": old, "holder": HOLDER, "floor_area": "60", "valid_until": LATER})
    with pytest.raises(RefusedError) as refused:
        sqlite.submit(key, now=moment("2026-11-24"))
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("license", "license_open_ended")]


@pytest.mark.parametrize(
    ("held", "refused"), [({}, []), ({"faces": 1}, []), ({"faces": 2}, ["faces"]), ({"width_cm": 400, "height_cm": 200}, ["height_m"])]
)
def test_only_sizes_that_it_has_are_compared(sqlite: Workplace, held: dict[str, int], refused: list[str]) -> None:
    _, number = sqlite.issued("advertisement.first", advertisement())
    with sqlite.engine.connect() as connection:
        found = judging.find(connection, number)
    assert found is not None
    old = found[0]
    assert old.last_day is not None
    later = old._replace(first_day=old.last_day.replace(month=12, day=1), last_day=old.last_day.replace(year=2028))
    faults = judging._changes(catalogue.default().of("advertisement", "renewal"), old._replace(details=held), later, {})
    assert [(fault.field, fault.code) for fault in faults] == [(field, "size_differs") for field in refused]
