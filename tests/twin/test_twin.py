"""The two are readable side by side: the same modules, the same numbers, the same steps, the same codes."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module

import pytest

from tests.conftest import ROOT

PYTHON, SCRIPT = ROOT / "seal", ROOT / "seal/js"
#: JavaScript for what Python brings along, or what another package of Python has.
ONLY_JS = {
    "data": "importlib.resources",
    "encode": "cbor2",
    "inflate": "zlib",
    "octets": "bytes",
    "rounding": "round",
    "published": "published/",
    "listed": "published/listed.py",
    "order": "published/order.py",
}
#: The phone's texts are imported as they lie there; version 2 is written in Python only, and its texts and tables are read in layout.js; a
#: phone reads one code at a time and needs no short way through tokens.
ONLY_PYTHON = {"inflate", "laying", "letters", "packed", "parse", "tables", "catalogue"}
MODULES = sorted(path.stem for path in SCRIPT.glob("*.js") if path.stem not in ONLY_JS)


def source(name: str) -> str:
    return (SCRIPT / f"{name}.js").read_text("utf-8")


def test_every_module_has_its_twin() -> None:
    assert sorted(path.stem for path in PYTHON.glob("*.py") if path.stem not in {"__init__", *ONLY_PYTHON}) == MODULES
    assert {path.stem for path in SCRIPT.glob("*.js")} == {*MODULES, *ONLY_JS}


NUMBER = re.compile(r"^(?:export )?const ([A-Z][A-Z0-9_]*) = (-?[0-9][0-9_.e-]*(?: (?:<<|\*\*|\*) [0-9]+)?);", re.MULTILINE)
PAIRS = re.compile(r"^(?:export )?const \[([A-Z0-9_, ]+)\] = \[([-0-9, ]+)\];", re.MULTILINE)
#: Numbers that Python has in another form.
OWN = {"fold.PACKINGS": "a range", "license.FIRST_YEAR": "a range"}


def numbers(name: str) -> dict[str, float]:
    """The numbers that a module of JavaScript names."""
    found = {key: eval(value) for key, value in NUMBER.findall(source(name))}
    for keys, values in PAIRS.findall(source(name)):
        found |= dict(zip(keys.split(", "), map(int, values.split(", ")), strict=True))
    return found


def test_numbers_are_the_same() -> None:
    seen = 0
    for name in MODULES:
        module = import_module(f"seal.{name}")
        for key, value in numbers(name).items():
            if f"{name}.{key}" in OWN:
                continue
            ours = getattr(module, key, getattr(module, f"_{key}", None))
            assert ours == value, f"{name}.{key}"
            seen += 1
    assert seen > 40


def test_a_changed_number_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seal.wire.TEXT_MAX", 1_401)
    with pytest.raises(AssertionError, match=r"wire\.TEXT_MAX"):
        test_numbers_are_the_same()


def steps(text: str) -> list[str]:
    return re.findall(r"(?:#|//|,) (\d\.\d?) ?", text)


def test_steps_come_in_the_same_order() -> None:
    ours, theirs = steps((PYTHON / "verify.py").read_text("utf-8")), steps(source("verify"))
    assert ours == theirs
    assert len(theirs) > 30


def findings(text: str) -> list[tuple[str, str, str]]:
    return re.findall(r'Finding\("(\w+)", "(\w+)", "(\w+)"', text)


def test_the_findings_are_the_same() -> None:
    """In whichever order: Python has those without particulars as constants, ahead of its steps."""
    ours, theirs = (Counter(findings(text)) for text in ((PYTHON / "verify.py").read_text("utf-8"), source("verify")))
    assert ours == theirs
    assert theirs.total() > 30


def test_the_errors_are_the_same_tree() -> None:
    tree = re.compile(r"[├└│].*$", re.MULTILINE)
    python = tree.findall((PYTHON / "errors.py").read_text("utf-8"))
    assert python == tree.findall(source("errors"))
    assert (
        re.findall(r"^class (\w+)\((\w+)\)", (PYTHON / "errors.py").read_text("utf-8"), re.MULTILINE)[1:]
        == re.findall(r"class (\w+) extends (\w+)", source("errors"))[1:]
    )


def test_forbidden_characters_are_the_same() -> None:
    from seal.license import FORBIDDEN

    written = re.search(r"/\[(.*)\]/u;", source("license"))
    assert written
    ours = re.sub(r"\\u\{([0-9a-f]+)\}", lambda m: f"\\U{int(m[1], 16):08x}", written[1])
    theirs = re.compile(f"[{ours}]")
    assert {n for n in range(0x110000) if theirs.match(chr(n))} == {n for n in range(0x110000) if FORBIDDEN.match(chr(n))}


def test_the_twin_reads_nothing_by_itself() -> None:
    """No clock, no network, no page: what the core is in Python, it is in JavaScript."""
    sources = {path.name: path.read_text("utf-8") for path in SCRIPT.glob("*.js")}
    banned = re.compile(r"\b(?:fetch\(|import\(|Date\.now|new Date\(\)|Math\.random|(?:window|document|navigator|process|indexedDB)\.)")
    found = {name: words for name, text in sources.items() if (words := banned.findall(text))}
    assert found == {"ml_dsa.js": ["import("]}, "a library that comes with the program, where the engine has no ML-DSA"
    libraries = re.compile(r'from "([^".][^"]*)"')
    named = {name for text in sources.values() for name in libraries.findall(text)}
    assert named == {"pako", "geographiclib-geodesic", "@noble/hashes/sha2.js"}
