"""The schedule of violations: what costs how much on which day, the how-manieth time; gaps and overlaps are refused with their line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from governorate import folder, violations, yaml_values
from governorate.calendar import Calendar
from governorate.errors import RuleError
from governorate.violations import Violation
from tests.governorate import giza

ONE = """currency: EGP
violations:
  noise:
    ar: ضوضاء
    en: Noise
    basis: {ar: سند, en: Basis}
    types: [shop]
    window_months: 12
    objection_days: 15
    payment_days: 30
    versions:
"""


def noise(*versions: str) -> Violation:
    text = ONE + "".join(f"      - {{{each}, first: 100, second: 200, third: 300}}\n" for each in versions)
    return violations.read(yaml_values.parse(text.encode(), "violations.yaml"), ["shop"], [])["noise"]


def test_amounts_are_those_of_the_day_and_of_the_time() -> None:
    found = noise("version: a, from: 2026-01-01, until: 2026-06-30, sample: yes", "version: b, from: 2026-07-01, source: decree 7")
    assert found.amounts_on(date(2025, 12, 31)) is None
    first, second = found.amounts_on(date(2026, 6, 30)), found.amounts_on(date(2026, 7, 1))
    assert first is not None
    assert second is not None
    assert (first.version, first.sample, second.version, second.sample, second.source) == ("a", True, "b", False, "decree 7")
    assert [first.of(each) for each in (1, 2, 3, 4, 9)] == [100, 200, 300, 300, 300]


@pytest.mark.parametrize(
    ("versions", "code"),
    [
        (("version: a, from: 2026-01-01, sample: yes", "version: b, from: 2026-07-01, sample: yes"), "rules_overlap"),
        (("version: a, from: 2026-01-01, until: 2026-07-01, sample: yes", "version: b, from: 2026-07-01, sample: yes"), "rules_overlap"),
        (("version: a, from: 2026-01-01, until: 2026-06-29, sample: yes", "version: b, from: 2026-07-01, sample: yes"), "rules_gap"),
    ],
)
def test_versions_follow_each_other_day_by_day(versions: tuple[str, ...], code: str) -> None:
    with pytest.raises(RuleError) as refused:
        noise(*versions)
    assert (refused.value.code, refused.value.line) == (code, ONE.count("\n") + 2)


def test_a_kind_without_amounts_is_refused() -> None:
    with pytest.raises(RuleError) as refused:
        violations.read(yaml_values.parse((ONE.rstrip() + " []\n").encode(), "violations.yaml"), ["shop"], [])
    assert refused.value.code == "rules_gap"


def test_alexandria_has_samples_only_and_says_so() -> None:
    held = violations.of(folder.shipped())
    assert held
    assert all(version.sample for each in held.values() for version in each.versions)
    assert all("Sample" in each.basis["en"] and "عينة" in each.basis["ar"] for each in held.values())
    assert "nobody decided these amounts" in (folder.shipped() / folder.VIOLATIONS).read_text("utf-8")


def test_another_governorate_has_amounts_of_its_own(tmp_path: Path) -> None:
    there = violations.of(giza.make(tmp_path / "giza"))["not_clean"].amounts_on(date(2026, 11, 29))
    here = violations.of(folder.shipped())["not_clean"].amounts_on(date(2026, 11, 29))
    assert there is not None
    assert here is not None
    assert (there.of(1), here.of(1)) == (giza.NOT_CLEAN, 20_000)


def test_working_days_are_counted_after_the_day_itself() -> None:
    egypt = Calendar(frozenset({5, 6}), frozenset({date(2026, 12, 1)}))
    thursday = date(2026, 11, 26)
    assert egypt.after(thursday, 0) == thursday
    assert egypt.after(thursday, 1) == date(2026, 11, 29)
    assert egypt.after(thursday, 3) == date(2026, 12, 2)  # the holiday between does not count
