"""Inputs, always the same ones: three thousand of them, a hundred thousand in `make test-long`."""

import pytest

from tests.fuzz.wire import run


@pytest.mark.parametrize("count", [3_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_no_text_makes_a_verdict_fail(count: int) -> None:
    outcomes = run(count, 1)
    assert sum(outcomes.values()) >= count
