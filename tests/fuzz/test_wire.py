"""A hundred thousand inputs, always the same ones."""

from tests.fuzz.wire import run


def test_no_text_makes_a_verdict_fail() -> None:
    outcomes = run(100_000, 1)
    assert sum(outcomes.values()) >= 100_000
