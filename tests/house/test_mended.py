"""The list of mended faults, and that of what proves inspections, name tests that exist."""

import re

import pytest

from tests.conftest import ROOT

LISTS = {name: (ROOT / f"docs/explanation/{name}.md").read_text("utf-8") for name in ("mended", "inspections-proven")}
FOUND = {name: re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", text) for name, text in LISTS.items()}
NAMED = [each for found in FOUND.values() for each in found]


@pytest.mark.parametrize("name", LISTS)
def test_many_are_named(name: str) -> None:
    assert len(FOUND[name]) > 60
    assert LISTS[name].count("`tests/") == len(FOUND[name]), "each name is read"


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_what_is_named_is_there(file: str, name: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {name + '[(]' if name else 'test_'}", text, re.MULTILINE)
