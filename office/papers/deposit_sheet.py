"""The slip of a drawer's deposit, as it is handed to the press."""

from __future__ import annotations

from typing import NamedTuple

from .sheet import Row

Words = tuple[str, str]  # Arabic, English


class CountLine(NamedTuple):
    """One count of the drawer: which it was, by whom and when, and its sums as people read them."""

    which: Words
    by: str
    at: str
    expected: str
    found: str
    difference: str


class DepositSheet(NamedTuple):
    """A slip before it is set: plain text that can be handed to another process. Pairs are Arabic and English; amounts are in pounds."""

    number: str
    governorate: Words
    authority: Words
    rows: tuple[Row, ...]
    pieces: tuple[tuple[str, str, str], ...]  # of the last count: one of them, how many, together
    counts: tuple[CountLine, ...]
    amount: str
    amount_in_words: Words
    reason: str  # why the last count differs, "" where it does not
    cashier: str
    witness: str
    at: int
    day: str
    token: bytes = b""  # no seal: nothing signed goes with it
    path: str = ""
    side: int = 0

    @property
    def styles(self) -> tuple[str, ...]:
        """Return the names of its styles."""
        return ("deposit",)

    @property
    def file(self) -> str:
        """Return nothing: no file goes with the paper."""
        return ""
