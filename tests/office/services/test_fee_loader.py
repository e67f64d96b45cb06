"""The fee schedules that come with the program, and the checks that a file of one's own has to pass."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from governorate.errors import RuleError
from issuer.sentences import say
from office.services import fee_loader
from office.services.fee_schedule import Flat, Rebate, Slabs
from tests.share import share

from .rulebook import FEES, changed, fees, file_of, refused

DAY = timedelta(days=1)


def test_the_only_known_amounts() -> None:
    known = {
        (rule.code, version.name, version.charge.piastres if isinstance(version.charge, Flat) else None, tuple(rule.channels))
        for rule in fee_loader.default().rules.values()
        for version in rule.versions
        if not version.sample
    }
    assert known == {
        ("advertisement_examination", "2026-1", 50, ("centre",)),
        ("advertisement_message", "2026-1", 500, ("centre",)),
    }


def test_the_fine_s_slabs_are_half_open() -> None:
    (version,) = fee_loader.default().rules["advertisement_fine"].versions
    assert isinstance(version.charge, Slabs)
    assert [(slab.least, slab.below) for slab in version.charge.slabs] == [(1, 61), (61, 121), (121, None)]
    assert version.sample


def test_every_rebate_ends() -> None:
    rebates = [version for rule in fee_loader.default().rules.values() for version in rule.versions if isinstance(version.charge, Rebate)]
    assert rebates
    assert all(version.last_day is not None for version in rebates)


def test_a_version_begins_where_the_last_one_ends() -> None:
    rule = fee_loader.default().rules["examination"]
    names = [(day, version.name if (version := rule.version_on(day)) else None) for day in (date(2026, 12, 31), date(2027, 1, 1))]
    assert names == [(date(2026, 12, 31), "sample-1"), (date(2027, 1, 1), "sample-2")]
    assert rule.version_on(date(2025, 12, 31)) is None


REBATE = "rebate: {of: [message], hundredths: 1}"
REFUSED = [
    # old, new (the line where it ends is the line named), code
    ("currency: EGP", "currency: USD", "rules_value_invalid"),
    ("currency: EGP", "currency: EGP\nvat: 14", "rules_key_unknown"),
    ("parts: 10000}", "parts: 9999}", "rules_value_invalid"),
    ("faces: {facts: [faces]}", "faces: {facts: []}", "rules_value_invalid"),
    ("faces: {facts: [faces]}", "faces: {fact: faces}", "rules_key_unknown"),
    ("    channels: [centre]", "    channels: [center]", "rules_reference_unknown"),
    ("    channels: [centre]", "    channels: [centre, centre]", "rules_key_twice"),
    ("    fine: yes", "    fine: maybe", "rules_value_invalid"),
    ('at the centre", flat: 50}', 'at the centre", flat: 0.5}', "rules_value_invalid"),
    ('at the centre", flat: 50}', 'at the centre", flat: -50}', "rules_value_invalid"),
    ('at the centre", flat: 50}', 'at the centre", flat: 50, rate: {piastres: 1, times: [faces]}}', "rules_value_invalid"),
    ('at the centre", flat: 50}', 'at the centre", free: 50}', "rules_key_unknown"),
    ('at the centre", flat: 50}', 'at the centre", sample: yes, flat: 50}', "rules_key_missing"),
    ("sample: yes, flat: 100}", "flat: 100}", "rules_key_missing"),
    ("sample: yes, flat: 100}", "sample: no, flat: 100}", "rules_key_missing"),
    ("sample: yes, flat: 100}", "sample: yes}", "rules_value_invalid"),
    ("until: 2026-12-31, sample", "until: 2025-12-31, sample", "rules_value_invalid"),
    ("{version: sample-2, from: 2027-01-01", "{version: sample-1, from: 2027-01-01", "rules_key_twice"),
    ("{version: sample-2, from: 2027-01-01", "{version: sample-2, from: 2026-12-31", "rules_overlap"),
    ("{version: sample-2, from: 2027-01-01", "{version: sample-2, from: 2027-01-02", "rules_gap"),
    ("{version: sample-2, from: 2027-01-01", "{version: sample-2, from: 2020-01-01", "rules_overlap"),
    ("from: 2027-01-01, sample: yes, flat: 6000", f"from: 2027-01-01, until: 2027-12-31, sample: yes, {REBATE}", "rules_value_invalid"),
    ("until: 2027-06-30, sample", "sample", "rules_key_missing"),
    ("hundredths: 1000}}", "hundredths: 10001}}", "rules_value_invalid"),
    ("hundredths: 1000}}", "hundredths: 0}}", "rules_value_invalid"),
    ("rebate: {of: [examination]", "rebate: {of: [examinations]", "rules_reference_unknown"),
    ("rebate: {of: [examination]", "rebate: {of: []", "rules_value_invalid"),
    ("times: [face_area, faces, months]", "times: [face_area, face, months]", "rules_reference_unknown"),
    ("times: [face_area, faces, months]", "times: []", "rules_value_invalid"),
    ("minimum: {of: [advertisement_area], piastres: 20000}", "minimum: {of: [advertisement_area], piastres: none}", "rules_value_invalid"),
    ("          by: lapsed_days", "          by: lapsed", "rules_reference_unknown"),
    ("          reckon: parts", "          reckon: slices", "rules_value_invalid"),
    ("{from: 1, below: 61, rate: 100}", "{from: 1, below: 61, rate: 100, flat: 1}", "rules_value_invalid"),
    ("{from: 1, below: 61, rate: 100}", "{from: 1, below: 61}", "rules_value_invalid"),
    ("{from: 1, below: 61, rate: 100}", "{from: 1, below: 1, rate: 100}", "rules_value_invalid"),
    ("{from: 61, below: 121, rate: 150}", "{from: 60, below: 121, rate: 150}", "rules_overlap"),
    ("{from: 61, below: 121, rate: 150}", "{from: 62, below: 121, rate: 150}", "rules_gap"),
    ("{from: 121, rate: 200}", "{from: 120, rate: 200}", "rules_overlap"),
    ("{from: 121, rate: 200}", "{from: 122, rate: 200}", "rules_gap"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), REFUSED)
def test_what_contradicts_itself_is_refused_with_its_line(old: str, new: str, code: str) -> None:
    text, line = changed(FEES, old, new)
    error = refused(fees, text)
    assert (error.code, error.line) == (code, line), error
    assert say(error.code, "ar", error.detail) != say(error.code, "en", error.detail)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{from: 121, rate: 200}", "{from: 121, below: 400, rate: 200}"),  # and then?
        ("{from: 1, below: 61, rate: 100}", "{from: 2, below: 61, rate: 100}"),  # and the first day?
    ],
)
def test_slabs_cover_every_quantity(old: str, new: str) -> None:
    text, _ = changed(FEES, old, new)
    error = refused(fees, text)
    assert error.code == "rules_gap"
    assert text.splitlines()[error.line - 1].strip() == "steps:"


def test_a_slab_after_an_open_one_is_an_overlap() -> None:
    text, line = changed(FEES, "{from: 61, below: 121, rate: 150}", "{from: 61, rate: 150}")
    error = refused(fees, text)
    assert (error.code, error.line) == ("rules_overlap", line + 1)


def test_a_rule_without_versions_is_refused() -> None:
    text, _ = changed(FEES, "rules:\n", "rules:\n  empty: {ar: x, en: x, versions: []}\n")
    assert (refused(fees, text).code, refused(fees, text).line) == ("rules_gap", text[: text.index("  empty:")].count("\n") + 1)


def test_between_two_rebates_there_may_be_days_without() -> None:
    again = "        - {version: sample-2, from: 2028-01-01, until: 2028-06-30, sample: yes, rebate: {of: [examination], hundredths: 500}}"
    text, _ = changed(FEES, "hundredths: 1000}}\n", "hundredths: 1000}}\n" + again.removeprefix("  ") + "\n")
    rule = fees(text).rules["portal_rebate"]
    days = (date(2027, 6, 30), date(2027, 7, 1), date(2027, 12, 31), date(2028, 1, 1))
    found = [rule.version_on(day) for day in days]
    assert [version.name if version else "" for version in found] == ["sample-1", "", "", "sample-2"]


def test_a_file_of_one_s_own_is_loaded(tmp_path: Path) -> None:
    assert fee_loader.load(file_of(tmp_path, "own.yaml", FEES)) == fee_loader.default()


DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))
PERIODS = st.lists(st.tuples(DATES, st.none() | DATES), min_size=1, max_size=4)


def written(periods: list[tuple[date, date | None]]) -> str:
    versions = [
        {"version": f"v{number}", "from": str(first), **({"until": str(last)} if last else {}), "sample": "yes", "flat": str(number)}
        for number, (first, last) in enumerate(periods)
    ]
    rule = {"ar": "رسم", "en": "Fee", "versions": versions}
    file = {"currency": "EGP", "quantities": {}, "rules": {"fee": rule}}
    return yaml.safe_dump(file, allow_unicode=True, sort_keys=False)


@given(PERIODS)
def test_a_day_has_one_version_or_the_file_is_refused(periods: list[tuple[date, date | None]]) -> None:
    whole = all(last is None or first <= last for first, last in periods)
    chained = all(last is not None and following == last + DAY for (_, last), (following, _) in pairwise(periods))
    try:
        fees(written(periods))
    except RuleError as error:
        assert error.code in ("rules_gap", "rules_overlap", "rules_value_invalid")
        assert not (whole and chained)
    else:
        assert whole
        assert chained


@given(st.dates(date(2026, 1, 1), date(2026, 3, 1)), st.lists(st.integers(1, 60), min_size=1, max_size=5), st.booleans())
def test_versions_that_follow_each_other_cover_every_day_once(start: date, lengths: list[int], ends: bool) -> None:
    periods: list[tuple[date, date | None]] = []
    day = start
    for length in lengths:
        periods.append((day, day + (length - 1) * DAY))
        day += length * DAY
    if not ends:
        periods[-1] = (periods[-1][0], None)
    rule = fees(written(periods)).rules["fee"]
    assert rule.version_on(start - DAY) is None
    expected = [f"v{number}" for number, length in enumerate(lengths) for _ in range(length)]
    found = [rule.version_on(start + offset * DAY) for offset in range(len(expected))]
    assert [version.name if version else "" for version in found] == expected
    assert (rule.version_on(day) is None) == ends


LINES = FEES.splitlines(keepends=True)


@settings(max_examples=share(200), deadline=None)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "twice", "indent", "cut"]), st.integers(0, 100))
def test_a_damaged_file_is_read_or_refused_with_a_line(index: int, damage: str, at: int) -> None:
    line = LINES[index]
    put = {"drop": "", "twice": line * 2, "indent": " " + line, "cut": line[:at]}[damage]
    text = "".join([*LINES[:index], put, *LINES[index + 1 :]])
    try:
        fees(text)
    except RuleError as error:
        assert 1 <= error.line <= text.count("\n") + 1
