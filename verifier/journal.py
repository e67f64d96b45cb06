"""Logs without licenses. A seal is its own address, so whatever quotes a request quotes a license."""

from __future__ import annotations

import re

from web.quiet import QuietLogger


class SealFreeLogger(QuietLogger):
    """Cuts seals, and leaves the names in a traceback whole."""

    #: No number that we log on purpose is this long; the shortest seal has 160 digits.
    secret = re.compile(r"[0-9]{20,}")
