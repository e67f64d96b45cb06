"""An amendment that makes something larger costs the difference between two first issues, and nothing else does."""

from __future__ import annotations

import pytest

from tests.office.applications.workplace import CITIZEN, Workplace, moment, shop

FLAT = 5_000 + 10_000 + 500  # examination, amendment, message: samples of fees.yaml


def amended(here: Workplace, license_number: str, **changes: str) -> list[tuple[str, int]]:
    number = here.submitted("shop.amendment", {"license": license_number, "changes": "المساحة", **changes})
    lines = [(line.rule, line.piastres) for line in here.show(number).bills[0].lines]
    here.do("withdraw", number, actor=CITIZEN)
    return lines


# 60 m² are 2,500 pounds as a whole slab; from 200 m² on each costs 15.
@pytest.mark.parametrize(("area", "more"), [("260", 390_000 - 250_000), ("200", 300_000 - 250_000), ("199", 0), ("45", 0), ("60", 0)])
def test_a_larger_shop_costs_the_difference_by_the_first_issue_s_rule(sqlite: Workplace, area: str, more: int) -> None:
    _, license_number = sqlite.issued("shop.first", shop(valid_until="2028-11-30"))
    lines = amended(sqlite, license_number, floor_area=area)
    assert dict(lines).get("shop_license", 0) == more
    assert sum(piastres for _, piastres in lines) == FLAT + more


def test_what_was_paid_for_once_is_not_paid_for_again(here: Workplace) -> None:
    _, license_number = here.issued("shop.first", shop(valid_until="2028-11-30"))
    _, same = here.issued("shop.amendment", {"license": license_number, "changes": "x", "floor_area": "260"})
    assert same == license_number
    assert dict(amended(here, license_number, floor_area="300")) == {
        "examination": 5_000,
        "amendment": 10_000,
        "message": 500,
        "shop_license": 40 * 1_500,
    }
    assert "shop_license" not in dict(amended(here, license_number, floor_area="260"))


def test_only_the_days_to_come_are_charged(sqlite: Workplace) -> None:
    """An occupancy of 4 m² for a year becomes one of 6 m² when three of its months are left."""
    fields = shop(width_m="2", depth_m="2", valid_until="2027-11-30", trade_name="كشك")
    del fields["floor_area"]
    _, license_number = sqlite.issued("occupancy.first", fields)
    now = moment("2027-09-01")
    larger = {"license": license_number, "changes": "x", "width_m": "3", "depth_m": "2"}
    number = sqlite.submitted("occupancy.amendment", larger, now=now)
    lines = {line.rule: line.piastres for line in sqlite.show(number).bills[0].lines}
    assert lines["occupancy_area"] == 2 * 3 * 4_000
