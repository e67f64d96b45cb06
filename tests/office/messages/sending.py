"""Runs `khatm office send` with a short lease, and kills it at a moment if it is told to.

Use: `python -m tests.office.messages.sending PLAN WORDS…`. PLAN is JSON: perhaps "moment", [FUNCTION, CALL, "before" or "after"], and
"lease", how many seconds one lasts and how many of them nothing is begun any more.
"""

from __future__ import annotations

import json
import sys

from office.database import DATABASE
from office.messages import leases, sender
from office.messages.commands import send
from tests.issuer.dying import die_at

if __name__ == "__main__":
    plan, words = json.loads(sys.argv[1]), sys.argv[2:]
    leases.LEASE_SECONDS, sender.SPARE_SECONDS = plan.get("lease", (2, 0))
    sender.IDLE_SECONDS = 0.05
    if moment := plan.get("moment"):
        die_at(*moment)
    send(words, obj=DATABASE)
