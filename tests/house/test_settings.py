"""The page of settings has all that is read, where it is read, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from office.messages import settings as gateway
from office.payments import settings as provider
from tests.conftest import ROOT
from tests.house import settings_doc

PAGE = settings_doc.PATH.read_text("utf-8")
ROWS = re.findall(r"^\| `(KHATM_\w+)` \|.*\| `([\w./]+)` \|$", PAGE, re.MULTILINE)
ROOMS = {entry.parent for entry in ROOT.glob("*/__init__.py")} - {ROOT / "tests"}


def read_in(file: str) -> Iterator[str]:
    """The settings that a file reads: names as they are looked up, not as they are told of."""
    text = (ROOT / file).read_text("utf-8")
    if not file.endswith(".py"):
        yield from re.findall(r"\$\{(KHATM_\w+)", text)
        return
    prefixed = file == settings_doc.SERVICES["The office"]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"KHATM_[A-Z_]*[A-Z]", node.value):
            yield node.value
        if prefixed and isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "named":
            yield f"KHATM_OFFICE_{ast.literal_eval(node.args[0])}"


def test_the_page_is_made_from_the_code() -> None:
    assert settings_doc.page() == PAGE, "python -m tests.house.settings_doc"


def test_each_setting_is_read_where_the_page_says() -> None:
    assert len(ROWS) > 30
    assert [(name, file) for name, file in ROWS if name not in set(read_in(file))] == []


def test_whatever_is_read_or_named_stands_in_the_page() -> None:
    code = [path for room in ROOMS for path in room.rglob("*.py") if "node_modules" not in path.parts]
    code += [*(ROOT / "bench").glob("*.py"), *(ROOT / ".ci").iterdir(), ROOT / "tests/conftest.py", ROOT / "Makefile"]
    files = [str(path.relative_to(ROOT)) for path in code if path.is_file()]
    read = {name for file in files for name in read_in(file)}
    told = {name for file in files for name in re.findall(r"KHATM_[A-Z_]*[A-Z]\b", (ROOT / file).read_text("utf-8"))}
    assert len(files) > 200
    assert read | told == {name for name, _ in ROWS}


def test_nothing_else_is_called_a_setting_in_the_papers() -> None:
    papers = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    told = {name for paper in papers for name in re.findall(r"KHATM_[A-Z_]*[A-Z]\b", paper.read_text("utf-8"))}
    assert told - {name for name, _ in ROWS} == set()


def test_the_files_of_settings_have_every_key_and_no_other() -> None:
    """The keys of both examples are those that the readers take."""
    for title, taken in (
        ("The payment provider", {*provider._KINDS}),
        ("The message gateway", {*gateway._SMPP, *gateway._SMPP_MORE, *gateway._HTTP}),
    ):
        part = PAGE.partition(f"## {title}")[2].partition("\n## ")[0]
        shown = [line for line in part.splitlines() if line.startswith("    ")]
        assert set(re.findall(r'(?:^|\s)([a-z_]+) += (?=["\d]|true|false)', "\n".join(shown))) == taken
