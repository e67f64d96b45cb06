"""How late it is at the least, by what others signed, held against this machine's clock (docs/format.md §7, "Ahead").

An object dated more than ten minutes ahead of the clock means one of two things: who signed it has a clock that is fast, or this one is
behind. One signer alone decides nothing, so the object is not there yet. Two who share neither a clock nor a hand are right: this clock is
behind.
"""

from __future__ import annotations

CLOCK_TOLERANCE = 600  # seconds

#: The root, which a ceremony dates; and the publisher, whose one machine dates whatever status keys and a log's own keys sign.
ROOT, PUBLISHER = "root", "publisher"


def witness(name: str) -> str:
    """Return the signer that a witness is, by its name: each has a machine and a clock of its own, whatever the number of its keys."""
    return f"witness {name}"


class Dates:
    """The newest date that each signer gave, seen at `now`; all in seconds since 1970 UTC."""

    def __init__(self, now: int) -> None:
        """Begin without any."""
        self.now = now
        self.newest: dict[str, int] = {}

    def ahead(self, at: int) -> bool:
        """Say whether a date is ahead of the clock."""
        return at > self.now + CLOCK_TOLERANCE

    def note(self, signer: str, at: int) -> bool:
        """Note that a signer dated something, and say whether that is ahead of the clock."""
        self.newest[signer] = max(at, self.newest.get(signer, 0))
        return self.ahead(at)

    @property
    def dated(self) -> int:
        """The newest date that any signer gave, 0 without one."""
        return max(self.newest.values(), default=0)

    @property
    def attested(self) -> int:
        """The newest time that two independent signers reached, 0 without two: it is at least so late."""
        return sorted(self.newest.values())[-2] if len(self.newest) > 1 else 0

    @property
    def disagrees(self) -> bool:
        """Whether this clock is behind, for two independent signers say so."""
        return self.ahead(self.attested)
