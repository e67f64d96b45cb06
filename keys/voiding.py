"""Voiding: some numbers of a key's status lists count for nothing any more (docs/format.md §7)."""

from __future__ import annotations

from typing import Any

from seal.trust import VOIDED_MAX

from .custody import Custody
from .errors import CustodyError

LAST = (1 << 53) - 1  # the highest number that every reader can count


def status_key(custody: Custody, kid: str | None) -> str:
    """Return the kid of a key for status lists: the newest active one unless named. Raises CustodyError `key_unknown`."""
    if kid is None:
        found = custody.kids("status")
        if not found:
            raise CustodyError("key_unknown", "status")
        return found[0].hex()
    entry = custody.policy["keys"].get(kid)
    if entry is None or "status" not in entry["roles"]:
        raise CustodyError("key_unknown", kid)
    return kid


def void(entry: dict[str, Any], first: int, last: int) -> list[list[int]]:
    """Add a closed range to what is void of a key, and return all of it, joined where ranges touch. Nothing becomes valid again.

    Raises CustodyError `range_invalid`, `ranges_exhausted`.
    """
    if not 0 <= first <= last <= LAST:
        raise CustodyError("range_invalid", f"{first} > {last}")
    joined: list[list[int]] = []
    for start, end in sorted([*entry.get("voided", []), [first, last]]):
        if joined and start <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    if len(joined) > VOIDED_MAX:
        raise CustodyError("ranges_exhausted", str(VOIDED_MAX))
    entry["voided"] = joined
    return joined
