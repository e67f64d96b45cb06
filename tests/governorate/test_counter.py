"""The counter's rules: what a file says, what it cannot say, and a folder of before, which has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from governorate import counter, folder, yaml_values
from governorate.errors import RuleError


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
    ],
)
def test_what_it_cannot_say(written: str, code: str) -> None:
    with pytest.raises(RuleError, match=code) as refused:
        counter.read(yaml_values.parse(written.encode(), "counter.yaml"))
    assert refused.value.file == "counter.yaml"


def test_what_it_says() -> None:
    assert not counter.read(yaml_values.parse(b"drawers: optional", "counter.yaml")).drawers
