"""The notes and coins that a drawer is counted by: those of the Central Bank of Egypt that are in use, from a quarter of a pound on."""

from __future__ import annotations

from collections.abc import Mapping

from issuer.errors import IssuerError

#: Piastres of one note or coin, the largest first.
DENOMINATIONS = (20_000, 10_000, 5_000, 2_000, 1_000, 500, 100, 50, 25)
MANY_MAX = 99_999  # of one kind: no drawer holds more
#: How many there are of each denomination; those of which there are none may be left out.
Pieces = Mapping[int, int]


def total(pieces: Pieces) -> int:
    """Return what they come to in piastres. Raises IssuerError `pieces_invalid` for what is no count of notes and coins."""
    for denomination, many in pieces.items():
        if denomination not in DENOMINATIONS or type(many) is not int or not 0 <= many <= MANY_MAX:
            raise IssuerError("pieces_invalid")
    return sum(denomination * many for denomination, many in pieces.items())
