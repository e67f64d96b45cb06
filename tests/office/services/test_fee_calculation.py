"""What a bill says: the known amounts to the piastre, the samples by hand, and the arithmetic against simpler arithmetic."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.sentences import say
from office.services import catalogue, fee_calculation, fee_loader
from office.services.errors import FeeError
from office.services.evidence import Fine, Period
from office.services.fee_calculation import Line, bill_lines
from office.services.fee_schedule import Flat, Rebate, Slabs

from .rulebook import FEES, changed, fees

DAY = timedelta(days=1)
TODAY = date(2026, 11, 25)
SIGN = {"width_cm": 600, "height_cm": 300, "faces": 2, "months": 12}
CENTRE, PORTAL = {"channel": "centre"}, {"channel": "portal"}


def bill(service: str, *, day: date = TODAY, fine: Fine | None = None, **facts: int | str) -> tuple[Line, ...]:
    return bill_lines(fee_loader.default(), catalogue.default().services[service], facts, day, fine=fine)


def amounts(lines: tuple[Line, ...]) -> list[tuple[str, int]]:
    return [(line.rule, line.piastres) for line in lines]


def due(days: int) -> Fine:
    return Fine("due", "fine_stayed_up", Period(TODAY - (days - 1) * DAY, TODAY))


def test_the_known_bill_is_550_piastres_and_no_sample() -> None:
    lines = bill("advertisement.first", **CENTRE, **SIGN)
    assert amounts(lines) == [("advertisement_examination", 50), ("advertisement_message", 500)]
    assert not any(line.sample for line in lines)
    assert {line.version for line in lines} == {"2026-1"}
    assert [line.name["ar"] for line in lines] == ["رسم فحص", "رسم رسالة نصية"]
    # A lapsed permit counts as first issue: the same lines, and the fine.
    lapsed = bill("advertisement.first", fine=due(60), **CENTRE, **SIGN)
    assert lapsed[:2] == lines
    assert [(line.rule, line.sample) for line in lapsed[2:]] == [("advertisement_fine", True)]


def test_everything_else_is_a_sample() -> None:
    every = {**SIGN, "depth_cm": 200, "floor_area": 120, "floors": 3, "copies": 2, "days": 365}
    for service in catalogue.default().services.values():
        for channel in ("centre", "portal"):
            lines = bill(service.code, channel=channel, **every)
            assert lines, service.code
            known = service.code == "advertisement.first" and channel == "centre"
            assert all(line.sample != known for line in lines), (service.code, channel)
            assert sum(line.piastres for line in lines) > 0


# One square metre with one face costs 1.00 a day up to the 60th day, 1.50 up to the 120th and 2.00 from then on.
@pytest.mark.parametrize(
    ("days", "piastres"),
    [(1, 100), (2, 200), (60, 6000), (61, 6150), (62, 6300), (120, 15000), (121, 15200), (122, 15400), (365, 64000)],
)
def test_the_fine_at_the_borders_of_its_slabs(days: int, piastres: int) -> None:
    lines = bill("advertisement.first", fine=due(days), **CENTRE, width_cm=100, height_cm=100, faces=1)
    assert amounts(lines)[2:] == [("advertisement_fine", piastres)]
    assert lines[2].quantity == f"{days} × 1 × 1"


def test_the_fine_is_for_the_old_advertisement() -> None:
    service = catalogue.default().of("advertisement", "first")
    old = {"width_cm": 100, "height_cm": 50, "faces": 1}
    lines = bill_lines(fee_loader.default(), service, CENTRE | SIGN, TODAY, fine=due(10), lapsed=old)
    assert amounts(lines)[2:] == [("advertisement_fine", 500)]


def test_a_fine_that_nobody_can_tell_is_never_left_out() -> None:
    unknown = Fine("unknown", "fine_evidence_missing")
    with pytest.raises(FeeError, match="fine_unknown: fine_evidence_missing"):
        bill("advertisement.first", fine=unknown, **CENTRE, **SIGN)
    with pytest.raises(FeeError, match="fee_unknown"):
        bill("shop.first", fine=due(3), **CENTRE, floor_area=20)


@pytest.mark.parametrize("outcome", ["none", "cancelled"])
def test_no_fine_is_no_line(outcome: str) -> None:
    fine = due(90)._replace(outcome=outcome)
    assert len(bill("advertisement.first", fine=fine, **CENTRE, **SIGN)) == 2


def test_a_sample_bill_by_hand() -> None:
    # 6 m × 3 m × 2 faces × 12 months at 15.00: 6480.00; examination 50.00, ten percent off online; message 5.00.
    lines = bill("advertisement.renewal", **PORTAL, **SIGN)
    expected = [("examination", 5_000), ("advertisement_area", 648_000), ("portal_rebate", -500), ("message", 500)]
    assert amounts(lines) == expected
    assert lines[1].quantity == "18 × 2 × 12"
    assert amounts(bill("advertisement.renewal", **CENTRE, **SIGN)) == [line for line in expected if line[0] != "portal_rebate"]


def test_minimum_and_maximum_are_lines_of_their_own() -> None:
    small = bill("advertisement.renewal", **CENTRE, width_cm=100, height_cm=100, faces=1, months=1)
    assert amounts(small)[1:3] == [("advertisement_area", 1_500), ("advertisement_minimum", 18_500)]
    large = bill("advertisement.renewal", **CENTRE, width_cm=2_000, height_cm=1_000, faces=2, months=36)
    assert amounts(large)[1:3] == [("advertisement_area", 21_600_000), ("advertisement_maximum", -16_600_000)]
    exact = bill("advertisement.renewal", **CENTRE, width_cm=1_000, height_cm=100, faces=4, months=10)
    assert "advertisement_minimum" not in dict(amounts(exact))
    assert all(line.sample for line in (*small, *large))


@pytest.mark.parametrize(("area", "piastres"), [(1, 100_000), (49, 100_000), (50, 250_000), (199, 250_000), (200, 300_000), (201, 301_500)])
def test_the_slab_that_holds_a_quantity_prices_all_of_it(area: int, piastres: int) -> None:
    assert dict(amounts(bill("shop.first", **CENTRE, floor_area=area)))["shop_license"] == piastres


def test_a_begun_square_metre_of_street_is_a_whole_one() -> None:
    for width, metres in ((200, 4), (201, 5), (249, 5), (250, 5), (251, 6)):
        lines = bill("occupancy.first", **CENTRE, width_cm=width, depth_cm=200, months=1)
        assert dict(amounts(lines))["occupancy_area"] == metres * 4_000


@pytest.mark.parametrize(
    ("day", "examination", "rebate"),
    [
        (date(2026, 12, 31), 5_000, -500),
        (date(2027, 1, 1), 6_000, -600),
        (date(2027, 6, 30), 6_000, -600),
        (date(2027, 7, 1), 6_000, None),  # the rebate has ended
    ],
)
def test_the_version_of_the_day_counts(day: date, examination: int, rebate: int | None) -> None:
    found = dict(amounts(bill("advertisement.renewal", day=day, **PORTAL, **SIGN)))
    assert (found["examination"], found.get("portal_rebate")) == (examination, rebate)


def test_a_day_without_a_version_is_unknown() -> None:
    with pytest.raises(FeeError, match="fee_unknown: advertisement_examination, 2025-12-31"):
        bill("advertisement.first", day=date(2025, 12, 31), **CENTRE, **SIGN)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "fact_missing: channel"),
        ({"channel": "fax"}, "fact_invalid: channel"),
        ({"channel": 1}, "fact_invalid: channel"),
        (CENTRE | {"height_cm": 300, "faces": 2, "months": 12}, "fact_missing: width_cm"),
        (CENTRE | SIGN | {"width_cm": "600"}, "fact_invalid: width_cm"),
        (CENTRE | SIGN | {"width_cm": -600}, "fact_invalid: width_cm"),
        (CENTRE | SIGN | {"width_cm": True}, "fact_invalid: width_cm"),
        (CENTRE | SIGN | {"width_cm": 6.5}, "fact_invalid: width_cm"),
    ],
)
def test_a_fact_that_is_missing_or_wrong_is_named(facts: dict[str, int | str], code: str) -> None:
    with pytest.raises(FeeError, match=code) as caught:
        bill("advertisement.renewal", **facts)
    assert say(caught.value.code, "ar") != say(caught.value.code, "en")


def test_the_days_of_a_fine_are_not_taken_from_outside() -> None:
    lines = bill("advertisement.first", fine=due(10), **CENTRE, width_cm=100, height_cm=100, faces=1, lapsed_days=0)
    assert amounts(lines)[2:] == [("advertisement_fine", 1_000)]


def test_a_rebate_of_a_known_amount_by_a_sample_is_a_sample() -> None:
    text, _ = changed(FEES, "of: [examination]", "of: [advertisement_examination]")
    text, _ = changed(text, "Rebate for applying online\n    channels: [portal]", "Rebate")
    service = catalogue.default().of("advertisement", "first")
    service = service._replace(fees=("advertisement_examination", "advertisement_message", "portal_rebate"))
    lines = bill_lines(fees(text), service, CENTRE | SIGN, TODAY)
    assert [(line.piastres, line.sample) for line in lines] == [(50, False), (500, False), (-5, True)]


def test_a_bill_is_never_negative() -> None:
    text, _ = changed(FEES, "hundredths: 1000}", "hundredths: 10000}")
    version = "{version: a, from: 2026-01-01, until: 2026-12-31, sample: yes, rebate: {of: [examination], hundredths: 1}}"
    text, _ = changed(text, "\nrules:\n", f"\nrules:\n  second: {{ar: x, en: x, versions: [{version}]}}\n")
    service = catalogue.default().of("shop", "first")._replace(fees=("examination", "portal_rebate"))
    assert sum(line.piastres for line in bill_lines(fees(text), service, PORTAL, TODAY)) == 0
    with pytest.raises(FeeError, match="bill_negative"):
        bill_lines(fees(text), service._replace(fees=("examination", "portal_rebate", "second")), PORTAL, TODAY)


SCHEDULE = """
currency: EGP
quantities:
  days: {{facts: [days]}}
  area: {{facts: [width_cm, height_cm], parts: 10000}}
rules:
  fee: {{ar: رسم, en: Fee, versions: [{{version: v1, from: 2026-01-01, sample: yes, {charge}}}]}}
  off:
    ar: خصم
    en: Off
    versions: [{{version: v1, from: 2026-01-01, until: 2026-12-31, sample: yes, rebate: {{of: [fee], hundredths: {share}}}}}]
"""
SERVICE = catalogue.default().of("shop", "first")._replace(fees=("fee", "off"))


def charged(charge: str, share: int = 1, **facts: int) -> dict[str, int]:
    lines = bill_lines(fees(SCHEDULE.format(charge=charge, share=share)), SERVICE, CENTRE | facts, TODAY)
    return dict(amounts(lines))


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(st.integers(0, 10**6), st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_line_is_rounded_once_half_a_piastre_up(piastres: int, width: int, height: int) -> None:
    found = charged(f"rate: {{piastres: {piastres}, times: [area]}}", width_cm=width, height_cm=height)
    assert found["fee"] == half_up(Decimal(piastres) * width * height / 10_000)


@given(st.integers(0, 10**7), st.integers(1, 10_000))
def test_a_rebate_is_rounded_half_a_piastre_in_favour_of_the_citizen(piastres: int, share: int) -> None:
    found = charged(f"flat: {piastres}", share)
    assert found.get("off", 0) == -half_up(Decimal(piastres) * share / 10_000)
    assert 0 <= sum(found.values()) <= piastres


BORDERS = st.lists(st.integers(2, 60), max_size=4).map(lambda widths: [1 + sum(widths[:count]) for count in range(len(widths) + 1)])


@settings(deadline=None)
@given(BORDERS, st.lists(st.integers(0, 1_000), min_size=5, max_size=5), st.integers(1, 400))
def test_slabs_agree_with_counting_day_by_day(borders: list[int], rates: list[int], days: int) -> None:
    """Each day costs what its own slab says; by parts they are summed, as a whole the last day's rate holds for all."""
    ends = [f"below: {border}, " for border in borders[1:]] + [""]
    steps = ", ".join(f"{{from: {least}, {end}rate: {rate}}}" for least, end, rate in zip(borders, ends, rates, strict=False))
    rate_of = [rates[sum(border <= day for border in borders) - 1] for day in range(1, days + 1)]
    parts = charged(f"slabs: {{by: days, reckon: parts, steps: [{steps}]}}", days=days)
    assert parts["fee"] == sum(rate_of)
    whole = charged(f"slabs: {{by: days, reckon: whole, steps: [{steps}]}}", days=days)
    assert whole["fee"] == rate_of[-1] * days


@pytest.mark.parametrize(("area", "piastres"), [(0, 0), (4999, 500), (5000, 500), (5001, 500), (5062, 502), (5063, 503), (7500, 600)])
def test_measured_slabs_by_parts(area: int, piastres: int) -> None:
    """The first five tenths of a square metre cost 1.00 each, every further one 0.40."""
    tenths = "quantities:\n  tenth: {facts: [width_cm, height_cm], parts: 1000}"
    charge = "slabs: {by: tenth, reckon: parts, steps: [{from: 0, below: 5, rate: 100}, {from: 5, rate: 40}]}"
    text = SCHEDULE.format(charge=charge, share=1).replace("quantities:", tenths)
    lines = bill_lines(fees(text), SERVICE._replace(fees=("fee",)), CENTRE | {"width_cm": area, "height_cm": 1}, TODAY)
    assert lines[0].piastres == piastres


def test_a_quantity_below_the_first_slab_is_unknown() -> None:
    charge = "slabs: {by: area, reckon: whole, steps: [{from: 1, flat: 100}]}"
    assert charged(charge, width_cm=100, height_cm=100)["fee"] == 100
    for reckon in ("whole", "parts"):
        with pytest.raises(FeeError, match=r"fee_unknown: fee, 0\.99"):
            charged(charge.replace("whole", reckon), width_cm=99, height_cm=100)


def test_flat_slabs_by_parts_are_added_up() -> None:
    charge = "slabs: {by: days, reckon: parts, steps: [{from: 1, below: 61, flat: 1000}, {from: 61, flat: 500}]}"
    assert [charged(charge, days=days)["fee"] for days in (1, 60, 61, 400)] == [1000, 1000, 1500, 1500]


@given(st.integers(0, 10**12), st.sampled_from([1, 10, 100, 1000, 10**4, 10**5, 10**6]))
def test_quantities_are_shown_exactly(count: int, parts: int) -> None:
    shown = fee_calculation._decimal(fee_calculation.Fraction(count, parts))
    assert Decimal(shown) * parts == count
    assert shown == "0" or not shown.startswith("00")
    assert "." not in shown or not shown.endswith(("0", "."))


def test_every_rule_is_charged_by_some_service() -> None:
    used = {code for service in catalogue.default().services.values() for code in service.fees}
    assert used == set(fee_loader.default().rules)
    kinds = {type(version.charge) for rule in fee_loader.default().rules.values() for version in rule.versions}
    assert {Flat, Rebate, Slabs} < kinds
    assert len(kinds) == 6
