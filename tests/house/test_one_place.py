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


# Pounds are written and read by office/pounds.py. The provider that one tries the office with is another program, so it has its own way.
POUNDS = re.compile(r"// 100\b.*% 100\b|ljust\(2, [\"']0|\* 100\)|(?:piastres|amount|paid)\b[^\n]* / 100\b")
NO_MONEY = {
    "office/pounds.py": "the one place",
    "office/payments/fawry_messages.py": "the double that JSON carries",
    "demo/provider/protocol.py": "another program's side of the protocol",
    "office/applications/judging.py": "centimetres as metres",
}


def test_pounds_are_written_and_read_in_one_place() -> None:
    rooms = [name for name in MODULES if name.startswith(("office/", "demo/"))]
    assert where(POUNDS, rooms) == set(NO_MONEY)
    breaches = ['f"{sum // 100}.{sum % 100:02}"', '(match[2] or "").ljust(2, "0")', "int(Decimal(text) * 100)", "line.piastres / 100"]
    assert seen(POUNDS, *breaches)


# Other people's servers are called by web/client.py, and by SMPP's own client.
CALLS = re.compile(
    r"^\s*(?:import|from) (?:urllib3|requests|httpx|aiohttp|http\.client|urllib\.request)\b|\burlopen\(|\bHTTPS?Connection\(", re.MULTILINE
)


def test_one_client_calls_other_servers() -> None:
    assert where(CALLS) == {"web/client.py", "web/outside.py", "web/within.py"}, "the client, and the ways that it goes"
    assert seen(CALLS, "import requests", "from urllib.request import urlopen", "http.client.HTTPSConnection(host)", "    import httpx")
