"""The list of mended faults names tests that exist."""

import re

import pytest

from tests.conftest import ROOT

NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", (ROOT / "docs/explanation/mended.md").read_text("utf-8"))


def test_many_are_named() -> None:
    assert len(NAMED) > 60


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_what_is_named_is_there(file: str, name: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {name or 'test_'}", text, re.MULTILINE)
