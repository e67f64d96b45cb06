"""Stickers as they are handed to the press: many on a page, each a code with the number, the name and from where it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import qr.write
from issuer.cards import outputs
from seal import wire
from seal.trust import TrustList

from . import sheet

Grid = Literal["12", "24"]
#: How many a page of A4 takes, and how wide the code is on each, in millimetres with its quiet zone.
CODE_MM: Mapping[Grid, float] = {"12": 52.0, "24": 36.0}
GRIDS: tuple[Grid, ...] = ("12", "24")
MOST = 24  # of one PDF: two seconds of the press, and others' papers go between


class Sticker(NamedTuple):
    """One sticker. `reach_m` is from where a phone reads it; `serial` the number of this copy."""

    number: str
    edition: int
    name: str
    authority: tuple[str, str]
    path: str
    side: int
    reach_m: float
    serial: int


class StickerSheet(NamedTuple):
    """Pages of stickers before they are set. It is plain text, and can be handed to another process."""

    grid: Grid
    stickers: tuple[Sticker, ...]
    host: str
    at: int

    @property
    def number(self) -> str:
        """Return the first license, by which a failure is told."""
        return self.stickers[0].number if self.stickers else ""


def sticker(token: bytes, *, grid: Grid, host: str, trust: TrustList, serial: int) -> Sticker:
    """Return the sticker of a seal (tagged COSE_Sign1). Boards outdoors have level Q, as their cards do.

    Raises IssuerError `no_published_key`; SealError.
    """
    message, held, key = sheet.opened(token, trust)
    code = qr.write.encode(wire.write(message, host), level=outputs.level_of(held.type))
    return Sticker(
        number=held.number_in(trust.governorate.prefix),
        edition=held.edition,
        name=held.trade_name,
        authority=(key.name["ar"], key.name["en"]),
        path=code.path,
        side=code.side,
        reach_m=code.reach_m(CODE_MM[grid]),
        serial=serial,
    )
