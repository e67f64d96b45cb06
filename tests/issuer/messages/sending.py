"""Runs `khatm office send` with a short lease, and kills it at a moment if it is told to.

Use: `python -m tests.issuer.messages.sending PLAN WORDS…`. PLAN is JSON: {"moment": [FUNCTION, CALL, "before" or "after"]} or {}.
"""

from __future__ import annotations

import json
import sys

from issuer.messages import leases, sender
from issuer.messages.commands import send
from tests.issuer.dying import die_at

if __name__ == "__main__":
    plan, *words = sys.argv[1:]
    leases.LEASE_SECONDS, sender.SPARE_SECONDS, sender.IDLE_SECONDS = 2, 0, 0.05
    if moment := json.loads(plan).get("moment"):
        die_at(*moment)
    send(words)
