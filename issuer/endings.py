"""What ends soon: keys that none takes over from, and the trust list itself. Told 30 and 14 days before, by whoever works with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seal import days
from seal.trust import Key, TrustList

DAY = 86_400  # seconds
KEY_SOON, KEY_NOW = 30 * DAY, 14 * DAY
LIST_SOON, LIST_NOW = 14 * DAY, 3 * DAY  # a trust list is good for 30 days, and signed weekly


class Ending(NamedTuple):
    """Something that ends. `left` are the seconds until then; `urgent` says that less than the shorter warning is left."""

    code: str
    detail: str
    left: int
    urgent: bool


def endings(trust: TrustList, *, now: int) -> Iterator[Ending]:
    """Yield what ends soon or has ended within the last 30 days, at `now` (seconds since 1970 UTC)."""
    left = trust.next_update - now
    if left <= LIST_SOON:
        yield Ending(
            "trust_list_ended" if left <= 0 else "trust_list_ends", f"{days.last_day_of(trust.next_update)}", left, left <= LIST_NOW
        )
    for key in in_use(trust, now=now):
        left = key.not_after - now
        if left <= KEY_SOON and not _followed(key, trust):
            detail = f"{key.kid.hex()} {'+'.join(key.roles)} {key.authority} {days.last_day_of(key.not_after)}"
            yield Ending("key_ended" if left <= 0 else "key_ends", detail, left, left <= KEY_NOW)


def in_use(trust: TrustList, *, now: int) -> list[Key]:
    """Return the keys that sign, and those that did until lately: an old one's end is nobody's concern any more."""
    return [key for key in trust.keys.values() if key.state == "active" and key.not_after > now - KEY_SOON]


def _followed(key: Key, trust: TrustList) -> bool:
    """Whether another key of the same holder takes over what it may do, without a gap."""
    return any(
        other.state == "active"
        and other.not_before <= key.not_after
        and other.not_after > key.not_after + KEY_SOON
        and other.authority == key.authority
        and set(key.roles) <= set(other.roles)
        for other in trust.keys.values()
    )
