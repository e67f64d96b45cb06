"""Ten thousand texts, always the same ones, get the same verdict in both languages; `python -m tests.twin.differ` explores further."""

from __future__ import annotations

from pathlib import Path

import pytest

from seal import verdict
from tests.twin import differ


def test_both_languages_say_the_same(node: Path) -> None:
    codes = differ.run(node, 10_000, 1)
    assert codes.total() == 10_000
    assert len(codes) >= 35, "the inputs reach what there is to reach"


def test_a_difference_is_noticed(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(verdict._SEVERITY, "valid", 9)
    differ.chunk(node, 1, 0, 20)  # of no consequence to a single verdict
    monkeypatch.setattr(verdict, "_degrees", lambda number: round(number, 5))
    with pytest.raises(AssertionError, match=r"seed 1, chunk 0, case \d+"):
        differ.chunk(node, 1, 0, 400)
