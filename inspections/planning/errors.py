"""What planning refuses, by stable codes."""

from __future__ import annotations


class PlanningError(Exception):
    """A list cannot be made, or changed, like that. `code` has a sentence in words.json."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
