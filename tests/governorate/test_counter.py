"""The counter's rules: what a file says, what it cannot say, and a folder of before, which has none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from governorate import counter, folder, yaml_values
from governorate.errors import RuleError

QUEUE = "drawers: required\nqueue: {classes: {A: {ar: س, en: x}}, booked: A}"
HOURS = 'appointments: {ahead_days: 14, at_once: 2, centres: {MN1: {from: "09:00", until: "14:00", minutes: 30, each: 2}}}'


def test_alexandria_s_money_needs_a_drawer() -> None:
    assert counter.of(folder.shipped()).drawers


def test_a_folder_of_before_has_no_such_rule(tmp_path: Path) -> None:
    assert counter.of(tmp_path) == counter.Counter()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("drawers: maybe", "rules_value_invalid"),
        ("drawers: [required]", "rules_value_invalid"),
        ("{}", "rules_key_missing"),
        ("drawers: required\ntills: 3", "rules_key_unknown"),
        ("drawers: required\nqueue: {classes: {a: {ar: س, en: x}}, booked: a}", "rules_value_invalid"),
        ("drawers: required\nqueue: {classes: {A: {ar: س, en: x}}, booked: B}", "rules_reference_unknown"),
        (f"drawers: required\n{HOURS}", "rules_key_missing"),
        (f"{QUEUE}\n{HOURS.replace('14:00', '9:30')}", "rules_value_invalid"),
        (f"{QUEUE}\n{HOURS.replace('14:00', '25:00')}", "rules_value_invalid"),
        (f"{QUEUE}\n{HOURS.replace('14:00', '09:29')}", "rules_value_invalid"),
        (f"{QUEUE}\n{HOURS.replace('each: 2', 'each: 0')}", "rules_value_invalid"),
        (f"{QUEUE}\n{HOURS.replace('at_once: 2', 'at_once: 99')}", "rules_value_invalid"),
    ],
)
def test_what_it_cannot_say(written: str, code: str) -> None:
    with pytest.raises(RuleError, match=code) as refused:
        counter.read(yaml_values.parse(written.encode(), "counter.yaml"))
    assert refused.value.file == "counter.yaml"


def test_what_it_says() -> None:
    assert not counter.read(yaml_values.parse(b"drawers: optional", "counter.yaml")).drawers


def test_the_hours_of_a_centre_and_its_days_off() -> None:
    rules = counter.of(folder.shipped())
    centre = rules.open_on("MN1", date(2026, 12, 1))
    assert centre is not None and (centre.slots[0], centre.slots[-1], len(centre.slots)) == (9 * 60, 13 * 60 + 30, 10)
    assert rules.open_on("MN1", date(2026, 12, 4)) is None, "a Friday"
    assert rules.open_on("MN1", date(2027, 1, 7)) is None, "a holiday"
    assert rules.open_on("AMR", date(2026, 12, 1)) is None, "not named"
