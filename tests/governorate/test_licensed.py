"""The catalogue of license types: whole, and strict when it is changed."""

import csv
import json
from typing import Any

import pytest

from governorate import licensed, yaml_values
from governorate.errors import RuleError
from tests.conftest import ROOT


def test_the_six_types_and_what_they_ask_for() -> None:
    types = licensed.default().types
    assert set(types) == {"shop", "occupancy", "advertisement", "building", "demolition", "restoration"}
    assert types["advertisement"].requires == ("width_m", "height_m")
    assert {code: each.longest_days for code, each in types.items()} == dict.fromkeys(types, 1096) | {"shop": None}
    assert types["shop"].name["ar"] == "محل عام"


def test_every_activity_code_of_the_sample_has_its_names() -> None:
    with (ROOT / "tests/data/alexandria_licenses.csv").open(encoding="utf-8", newline="") as stream:
        codes = {row["activity"] for row in csv.DictReader(stream) if row["activity"].isascii()}
    activities = licensed.default().activities
    assert codes == set(activities)
    assert activities["clothes"] == {"ar": "ملابس", "en": "Clothes"}


GOOD: dict[str, Any] = {"types": {"shop": {"ar": "محل", "en": "Shop", "requires": ["floors"], "longest_days": 30}}, "activities": {}}


def test_a_file_of_one_s_own_is_read_also_json() -> None:
    own = licensed.read(yaml_values.parse(json.dumps(GOOD).encode(), "licenses.yaml"))
    assert own.types["shop"] == licensed.Type({"ar": "محل", "en": "Shop"}, ("floors",), 30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        json.dumps(GOOD | {"more": 1}),
        json.dumps({"types": {}}),
        json.dumps(GOOD | {"types": {"Shop": GOOD["types"]["shop"]}}),
        json.dumps(GOOD | {"types": [1]}),
        json.dumps(GOOD | {"types": {}}),
        *(
            json.dumps(GOOD | {"types": {"shop": GOOD["types"]["shop"] | change}})
            for change in ({"ar": " "}, {"requires": ["depth"]}, {"requires": "floors"}, {"longest_days": 0}, {"x": 1})
        ),
        json.dumps(GOOD | {"activities": {"clothes": {"ar": "ملابس"}}}),
        json.dumps(GOOD | {"activities": {"x" * 61: {"ar": "ملابس", "en": "x"}}}),
    ],
)
def test_anything_unknown_or_missing_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match=r"^rules_\w+: licenses.yaml:1"):
        licensed.read(yaml_values.parse(text.encode(), "licenses.yaml"))
