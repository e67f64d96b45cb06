"""Which status list may follow which: numbers decide, time does not (docs/format.md §7). Twin: seal/js/order.js.

A list has the place of the one that was seen of its name if its number is higher. What a key signed that is trusted no more, or voided,
stands in nobody's way; but a key never signs below what it signed before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seal.status import StatusList
from seal.trust import TrustList, of_role

VOIDED, FORKED, OLDER = "status_list_voided", "status_list_forked", "status_list_older"


class Known(NamedTuple):
    """The highest number that one key gave a list of one name, SHA-256 of what it signed, and whether it signed two things under it."""

    sequence: int
    digest: bytes
    forked: bool = False

    def joined(self, other: Known) -> Known:
        """Return what two readers know who share a memory."""
        if self.sequence != other.sequence:
            return max(self, other)
        return self._replace(forked=self.forked or other.forked or self.digest != other.digest)


def fault(entry: StatusList, known: Mapping[bytes, Known], trust: TrustList) -> str:
    """Return why a list does not take the place of what is `known` of its name, by kid; "" where it does."""
    if trust.keys[entry.kid].voids(entry.sequence):
        return VOIDED
    trusted = of_role(trust.keys.values(), "status")
    counting = [seen for kid, seen in known.items() if kid == entry.kid or (kid in trusted and not trusted[kid].voids(seen.sequence))]
    if any(entry.sequence < seen.sequence for seen in counting):
        return OLDER
    forked = (seen.forked or seen.digest != entry.digest for seen in counting if seen.sequence == entry.sequence)
    return FORKED if any(forked) else ""


def twofold(entries: Iterable[StatusList]) -> set[tuple[str, int]]:
    """Return the names and numbers under which different things were signed."""
    said: dict[tuple[str, int], set[bytes]] = {}
    for entry in entries:
        if entry.sequence:
            said.setdefault((entry.uri, entry.sequence), set()).add(entry.digest)
    return {name for name, digests in said.items() if len(digests) > 1}
