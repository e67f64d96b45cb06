"""How much of what is exhaustive belongs to every run: a quarter of the examples that hypothesis invents, and of what is tried with
everything else; `make test-long` tries all.
"""

import os

import pytest

WHOLE = "KHATM_TEST_WHOLE"
_PARTS, _LEAST = 4, 10


def share(examples: int) -> int:
    """How many of so many examples are tried in this run."""
    if os.environ.get(WHOLE):  # noqa: TID251
        return examples
    return min(examples, max(_LEAST, examples // _PARTS))


def turn(place: int) -> bool:
    """Whether what stands at a place among all that is tried has its turn in this run."""
    return bool(os.environ.get(WHOLE)) or place % _PARTS == 0  # noqa: TID251


def mark(items: list[pytest.Item]) -> None:
    """Mark the tests whose examples are invented: `make test-long` runs them again."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("invented")
