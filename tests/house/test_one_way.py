"""One way for one thing: what a module of ours does for all is done in no other."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.house import writing

ROOMS = (*tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["root_packages"], "bench")
WKT = ROOT / "issuer/intake/wkt.py"
_KEYWORDS = re.compile(r"\b(?:MULTI)?(?:POLYGON|POINT)\b *(?:\(|\\|Z)|SRID *=")


def sources() -> Iterator[Path]:
    """Every module that is no test."""
    yield ROOT / "khatm.py"
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts in a module's code, f-strings' parts among them, without docstrings; with their lines."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = {
        id(body[0].value)
        for node in ast.walk(tree)
        if (body := getattr(node, "body", None)) and isinstance(body, list) and isinstance(body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


def test_one_module_reads_and_writes_well_known_text() -> None:
    found = {path: [line for line, text in texts(path) if _KEYWORDS.search(text)] for path in sources()}
    assert found.pop(WKT), "it would be seen"
    assert not {str(path.relative_to(ROOT)): lines for path, lines in found.items() if lines}


#: What writes a file by itself for a reason: the one way; a marker whose lock is held from its first moment on; records of one size that
#: several processes add to one file; pipes, which are no files; a database of SQLite that is for nobody else from its first moment on.
WHOLE = {"published/whole.py", "demo/folder.py", "published/proven.py", "office/backup/sealed.py", "acts/replay.py"}
WHOLE |= {"keys/founding.py", "demo/governorate.py"}  # they move what is written whole already
WHOLE |= {"web/life.py"}  # once a second, and worth nothing after a power cut: nothing is brought to the disk
WHOLE |= {"verifier/following/generations.py", "published/hosting.py"}  # they link what was written whole
WHOLE |= {"keys/root_memory.py", "office/laptop/vault.py"}  # a file to lock, with nothing in it
WHOLE |= {"deploy/release/settled.py"}  # in a folder that is being built, and begun anew where that breaks off


def test_one_module_writes_whole_files() -> None:
    found = {str(path.relative_to(ROOT)): writing.lines(ast.parse(path.read_text("utf-8"))) for path in sources()}
    by_itself = {path: lines for path, lines in found.items() if lines}
    assert set(by_itself) == WHOLE, {path: lines for path, lines in by_itself.items() if path not in WHOLE}


@pytest.mark.parametrize(
    "breach",
    [
        'Path("a").write_text("b")',
        'path.write_bytes(b"")',
        'open("a", "w").write("b")',
        'path.open(mode="xb")',
        'path.open("r+b")',
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
        "os.replace(new, path)",
        "new.replace(path)",
        "shutil.copyfile(a, b)",
        'picture.save(path, "PNG")',
        'wave.open(path, "wb")',
        "made = io.BytesIO(); picture.save(made); picture.save(path)",
    ],
)
def test_whoever_writes_by_itself_is_seen(breach: str) -> None:
    assert writing.lines(ast.parse(breach))


@pytest.mark.parametrize(
    "usual", ['path.open("rb")', 'text.replace("a", "b")', "moment.replace(tzinfo=UTC)", "made = io.BytesIO(); picture.save(made)"]
)
def test_reading_is_no_writing(usual: str) -> None:
    assert not writing.lines(ast.parse(usual))
