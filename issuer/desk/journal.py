"""Logs without people. An address may hold the token of a keep page or of an invitation, and what is refused may hold a number."""

from __future__ import annotations

import logging
import re
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

#: Nothing that is logged on purpose is this long: tokens have 23 characters and more, a mobile number nine digits and more.
SECRET = re.compile(r"[A-Za-z0-9_-]{22,}|[0-9]{9,}")


class SecretFilter(logging.Filter):
    """Cuts what may be a secret or a number out of every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without it."""
        record.msg, record.args = SECRET.sub("[…]", record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            record.msg += f" ({record.exc_info[0].__name__})"
            record.exc_info = None  # its message may quote the request
        return True


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger with the filter on its error log. gunicorn itself quotes request lines that it refuses."""

    def setup(self, cfg: Any) -> None:
        """Set the logs up as gunicorn does, then filter them."""
        super().setup(cfg)
        self.error_log.filters = [SecretFilter()]
