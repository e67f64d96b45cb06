"""The glossary's words are those of the code and of what people read."""

import importlib
import re

import pytest

from tests.conftest import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/reference/glossary.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| English")
]
NAMES = sorted({name for row in ROWS for name in re.findall(r"`([\w.]+)`", row[3])})
MARKS = re.compile("[\u064b-\u0652]")


def test_every_term_is_whole_and_said_once() -> None:
    assert len(ROWS) > 40
    assert all(len(row) == 4 and all(row) and re.findall(r"`[\w.]+`", row[3]) for row in ROWS)
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("name", NAMES)
def test_the_code_has_it(name: str) -> None:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part) if hasattr(found, part) else found.__annotations__[part]
        return
    pytest.fail(name)


@pytest.fixture(scope="module")
def read() -> str:
    """Everything that a catalogue of ours says, without vowel marks."""
    catalogues = [path for path in ROOT.glob("*/**/*.json") if path.parent.name in ("data", "src") and "node_modules" not in path.parts]
    assert len(catalogues) > 8
    return MARKS.sub("", "\n".join(path.read_text("utf-8") for path in catalogues))


@pytest.mark.parametrize("word", sorted({row[1] for row in ROWS}))
def test_people_read_it(word: str, read: str) -> None:
    assert all(part.removeprefix("ال") in read for part in word.split())
