"""One way for one thing: what a module of ours does for all is done in no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

ROOMS = ("accounts", "bench", "demo", "inspector_app", "issuer", "keys", "office", "published", "qr", "seal", "storage", "verifier", "web")
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
