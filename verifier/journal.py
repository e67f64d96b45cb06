"""Logs without licenses. A seal is its own address, so whatever quotes a request quotes a license."""

from __future__ import annotations

import logging
import re
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

#: No number that we log on purpose is this long; the shortest seal has 160 digits.
LONG = re.compile(r"[0-9]{20,}")


class SealFilter(logging.Filter):
    """Cuts long numbers out of every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without what may be a seal."""
        record.msg, record.args = LONG.sub("[seal]", record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            record.msg += f" ({record.exc_info[0].__name__})"
            record.exc_info = None  # its message may quote the request
        return True


class SealFreeLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger with the filter on both of its logs. gunicorn itself quotes request lines that it refuses."""

    def setup(self, cfg: Any) -> None:
        """Set the logs up as gunicorn does, then filter them."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.filters = [SealFilter()]
