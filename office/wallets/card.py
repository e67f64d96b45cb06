"""What a pass says of a license: its newest seal's text for the code, and a few words beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from seal.catalogue import Catalogue

#: A text in Arabic and English.
Both = Mapping[str, str]
WORDS = Catalogue("office.wallets", "words.json")


class Card(NamedTuple):
    """A license in force. `text` is what its code says (ASCII); degrees are WGS 84; `last_day` counts, None is open-ended."""

    number: str
    edition: int
    text: str
    trade_name: str
    holder: str
    address: str
    type: Both
    activity: Both
    authority: Both
    governorate: Both
    latitude: float
    longitude: float
    first_day: date
    last_day: date | None
