"""Texts, always the same ones, get the same verdict in both languages: some thousands of them, a hundred thousand in `make test-long`.

`python -m tests.twin.differ` explores further.
"""

from __future__ import annotations

import pytest

from seal import verdict
from tests.twin import differ
from tests.twin.asking import Asker


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("count", [3_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_both_languages_say_the_same(ask: Asker, count: int) -> None:
    codes = differ.run(ask, count, 1)
    assert codes.total() == count
    assert len(codes) >= 35, "the inputs reach what there is to reach"


def test_chromium_says_the_same(ask_chromium: Asker) -> None:
    assert len(differ.chunk(ask_chromium, 2, 0, 2_000)) >= 25


def test_a_difference_is_noticed(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(verdict._SEVERITY, "valid", 9)
    differ.chunk(ask, 1, 0, 20)  # of no consequence to a single verdict
    monkeypatch.setattr(verdict, "_degrees", lambda number: round(number, 5))
    with pytest.raises(AssertionError, match=r"seed 1, chunk 0, case \d+"):
        differ.chunk(ask, 1, 0, 400)
