"""What stands in brackets behind a refusal is said in Arabic too, whichever module refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from governorate import details
from tests.conftest import ROOT

READERS = sorted([*(ROOT / "governorate").glob("*.py"), *(ROOT / "office/services").glob("*.py")])
WORD = re.compile(r"[a-z]{2,}")


def said(node: ast.expr) -> str | None:
    """The words of a literal, `{}` for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def forms(file: Path) -> Iterator[str]:
    """The words that a module refuses with."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        named = (getattr(node.func, "attr", ""), getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ()
        if isinstance(node, ast.Call) and {"refuse", "fault", "RuleError"} & {*named}:
            found = said(node.args[-1])
            if found and not found.startswith("rules_"):
                yield found


def test_every_form_of_words_is_in_arabic() -> None:
    found = {form for file in READERS for form in forms(file) if WORD.search(form.replace("{}", ""))}
    assert len(found) > 60
    untold = {form for form in found if not re.search("[\u0621-\u064a]", details.arabic(form.replace("{}", "X1")))}
    assert untold == {"groups: {}"}, "a name of the file and nothing else"


def test_what_is_named_keeps_its_place_and_the_longest_form_is_taken() -> None:
    assert details.arabic("a whole number from 1 to 9 is expected") == "يلزم عدد صحيح من 1 إلى 9"
    assert details.arabic("shop.first does not ask for floors, which works counts") == "shop.first لا تطلب floors الذي يحسبه works"
    assert details.arabic("one of flat, rate is expected") == "يلزم flat أو rate"
    assert details.arabic("MN1") == "MN1"
