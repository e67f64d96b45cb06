"""A notice of a violation as it is handed to the press."""

from __future__ import annotations

from typing import NamedTuple

from .deposit_sheet import DepositSheet
from .sheet import Row, Sheet
from .siteplan import SitePlan

Words = tuple[str, str]  # Arabic, English


class NoticeSheet(NamedTuple):
    """A notice before it is set: plain text that can be handed to another process. Pairs are Arabic and English."""

    number: str
    governorate: Words
    authority: Words
    rows: tuple[Row, ...]
    amount: str  # in pounds
    reasons: tuple[tuple[Words, Words], ...]  # what was found, and how bad it is
    pay: Words
    pay_until: Words
    object: Words
    object_until: Words
    sample: bool
    host: str
    path: str
    side: int
    token: bytes
    at: int
    day: str
    plan: SitePlan | None = None

    @property
    def styles(self) -> tuple[str, ...]:
        """Return the names of its styles."""
        return "notice", "siteplan"

    @property
    def file(self) -> str:
        """Return the name of the token that goes with the paper."""
        return f"{self.number}.cose"


#: Whatever is set.
Paper = Sheet | NoticeSheet | DepositSheet
