"""No code leaves the house before its leaf is under a stored checkpoint: a restored backup can never take its place (docs/adr/0049)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from issuer.errors import IssuerError
from seal import leaves
from seal.claims import Claims

WAIT_SECONDS = 60.0
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Gate:
    """Holds codes back. `logged` says how many positions are under a checkpoint; None where no log is published: then everything passes.

    `bring` takes the publisher's turn, where that is possible here; without it the publisher is waited for.
    """

    logged: Callable[[], int] | None
    bring: Callable[[], None] | None = None
    wait_seconds: float = WAIT_SECONDS

    def open(self, positions: Iterable[int]) -> bool:
        """Bring positions into the log, or wait for that; say whether all of them are. Raises what `logged` and `bring` raise."""
        last = max(positions, default=-1)
        if self.logged is None or last < self.logged():
            return True
        if self.bring is not None:
            self.bring()
            return last < self.logged()
        deadline = time.monotonic() + self.wait_seconds
        while (waits := last >= self.logged()) and time.monotonic() < deadline:
            time.sleep(min(_LOOK_SECONDS, self.wait_seconds))
        return not waits

    def require(self, held: Claims) -> None:
        """Return once the license of these claims is in the log. Raises IssuerError `log_awaited`."""
        if not self.open([position_of(held)]):
            raise IssuerError("log_awaited")


def position_of(held: Claims) -> int:
    """Return the log's position of a seal, from what it says."""
    return leaves.position_of(int(held.uri.rpartition("/")[2]), held.idx)
