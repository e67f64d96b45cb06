"""How old the lists at hand are: for whoever is on call, and for monitors. No verdict goes by it."""

from __future__ import annotations

from collections.abc import Sequence

from seal import status
from seal.status import StatusList

from .watch import State

STALE = "lists_stale"


def stale(state: State, *, now: int) -> bool:
    """Say whether lists are at hand that are too old for a verdict at `now` (seconds): then it is "cannot tell"."""
    loaded = state.loaded
    return loaded is not None and (now >= loaded.trust.next_update or any(old(each, now) for each in loaded.status.lists.values()))


def old(entry: StatusList, now: int) -> bool:
    """Say whether a status list is too old for a verdict."""
    return now >= entry.exp or now - entry.iat > status.STALE_SECONDS


def warnings(state: State, *, now: int) -> Sequence[str]:
    """Return the codes of what somebody should see to, though the service can answer."""
    return (STALE,) if stale(state, now=now) else ()


def numbers(state: State, *, now: int) -> dict[str, float]:
    """Return ages in seconds and counts, by the names that monitors know them by."""
    loaded = state.loaded
    told: dict[str, float] = {"khatm_lists_faults": len(state.faults), "khatm_lists_loaded": int(loaded is not None)}
    if loaded is None:
        return told
    told["khatm_lists_stale"] = int(stale(state, now=now))
    told["khatm_lists_trust_age_seconds"] = now - loaded.trust.issued_at
    if loaded.status.lists:
        told["khatm_lists_oldest_age_seconds"] = max(now - each.iat for each in loaded.status.lists.values())
    if loaded.log is not None:
        told["khatm_lists_log_age_seconds"] = now - loaded.log.time
    return told
