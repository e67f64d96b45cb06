"""The provider that sends nothing: it prints messages, for trying things out, and the text too: one must be able to follow its link."""

from __future__ import annotations

import time
from collections.abc import Callable

from office import mobiles

from .providers import Heard, Piece, Receipt


class Console:
    """Prints each message and says that it was delivered."""

    name = "console"
    joins = True

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._receipt: Callable[[Heard], None] = lambda _: None
        self._printed: list[str] = []

    def open(self, receipt: Callable[[Heard], None]) -> None:
        """Remember who wants receipts."""
        self._receipt = receipt

    def submit(self, piece: Piece) -> str:
        """Print a message."""
        self._write(f"{mobiles.masked(piece.to)}: {piece.text}")
        self._printed.append(piece.key)
        return piece.key

    def listen(self, seconds: float) -> None:
        """Bring the receipts of what was printed, or wait."""
        printed, self._printed = self._printed, []
        for key in printed:
            self._receipt(Receipt(key, "delivered", ""))
        if not printed:
            time.sleep(seconds)

    def close(self) -> None:
        """Do nothing."""
