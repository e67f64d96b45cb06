"""Runs `khatm office send` with a short lease, and kills it at a moment if it is told to."""

from __future__ import annotations

from typing import Any

from office.database import DATABASE
from office.messages import leases, sender
from office.messages.commands import send
from tests.issuer.dying import die_at


def run(plan: dict[str, Any], words: list[str]) -> None:
    """Send. The plan is perhaps "moment", (FUNCTION, CALL, "before" or "after"), and "lease", how many seconds one lasts and how many of
    them nothing is begun any more."""
    leases.LEASE_SECONDS, sender.SPARE_SECONDS = plan.get("lease", (2, 0))
    sender.IDLE_SECONDS = 0.05
    if moment := plan.get("moment"):
        die_at(*moment)
    send(words, obj=DATABASE)
