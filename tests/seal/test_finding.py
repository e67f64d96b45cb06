"""Codes within any text: every vector, and that no text costs more than its length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import finding, wire
from tests.seal.rules import RULES
from tests.vectors.making import seal

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors/texts.json").read_text("utf-8"))["vectors"]
HOSTS = frozenset({"khatm.example"})


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_what_is_found_is_as_expected(vector: dict[str, Any]) -> None:
    assert list(finding.find(vector["text"], vector["hosts"], vector["prefix"])) == vector["found"]


@RULES
@given(st.text(max_size=300) | st.text(st.sampled_from("https:/khatm.example/R1٣۴ \n>=\u200fALX-MN2026"), max_size=300))
def test_no_text_raises_and_what_is_found_is_found_again(text: str) -> None:
    found = finding.find(text, HOSTS, "ALX")
    assert len(found) <= finding.FOUND_MOST
    for one in found:
        assert finding.find(one, HOSTS, "ALX") in ((one,), ()), "a text that was found stands for itself"


@RULES
@given(st.lists(st.sampled_from([" ", "\n", "انظر ", "«", "»", ".", "/", "؟", "\u200f", "(", ")", "،", " 12 ", "=\n"]), max_size=8))
def test_a_code_is_found_whatever_stands_around_it(around: list[str]) -> None:
    good = seal()
    before, behind = "".join(around[:4]), "".join(around[4:])
    if before.replace("\u200f", "").endswith(("/", ".", "=\n", "=")):
        before += " "
    assert finding.find(before + good + behind, HOSTS, "ALX") == (good,)


def test_sixteen_codes_and_no_more() -> None:
    codes = [seal(serial=serial) for serial in range(1, 20)]
    assert finding.find("\n".join(codes), HOSTS, "ALX") == tuple(codes[: finding.FOUND_MOST])
    assert finding.find(" " * finding.LOOKED_AT + codes[0], HOSTS, "ALX") == ()


def steps(monkeypatch: pytest.MonkeyPatch, text: str) -> int:
    """How many times a code is taken apart while a text is searched: what costs, beside one pass of the patterns."""
    count = 0
    real = wire.unpack

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        return real(*given)

    monkeypatch.setattr(wire, "unpack", counted)
    finding.find(text, HOSTS, "ALX")
    monkeypatch.setattr(wire, "unpack", real)
    return count


def test_a_text_built_to_cost_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "https://khatm.example/1"
    assert steps(monkeypatch, code + " 1" * 8_000) <= finding.PIECES_MOST
    many = code + " 11111" * 40
    assert 0 < steps(monkeypatch, many * 60) <= 60 * finding.PIECES_MOST
