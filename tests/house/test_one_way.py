"""One way for one thing: who does it, by name, and that nobody else does it another way. Each rule is tried on a breach."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.house.test_rules import MODULES, NAMES, text_of

SCRIPTS = [name for name in NAMES if name.endswith((".js", ".mjs")) and not name.startswith(("tests/", "bench/"))]


def where(pattern: re.Pattern[str], names: Iterable[str] = MODULES) -> set[str]:
    """The files that a pattern is found in."""
    return {name for name in names if pattern.search(text_of(name))}


def seen(pattern: re.Pattern[str], *breaches: str) -> bool:
    """Whether a pattern finds every breach."""
    return all(map(pattern.search, breaches))


# One layer around an application (web/headers.py). What the headers are is a policy; an answer that needs a stricter one says so itself.
LAYERS = re.compile(r"^class \w*Headers\w*\b|def start\(status", re.MULTILINE)


def test_one_layer_adds_headers() -> None:
    assert where(LAYERS) == {"web/headers.py"}
    assert seen(LAYERS, "class DeskHeaders:", "def start(status: str)")


# Codes are written by qr/write.py and nowhere else; tests and benches may ask another encoder, to compare.
CODES = re.compile(r"^\s*(?:import|from) (?:segno|qrcode)\b|\bcreate_barcode\(|\bwrite_barcode\(", re.MULTILINE)


def test_one_module_writes_codes() -> None:
    assert where(CODES) == {"qr/write.py"}
    assert seen(CODES, "import segno", "from qrcode import QRCode", "zxingcpp.create_barcode(text)")
