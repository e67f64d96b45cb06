"""Logs that quote nobody. An address may be a license, or hold a token, and whatever quotes a request quotes it too."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType
from typing import Any

from flask import Flask, request
from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class QuietFlask(Flask):
    """A Flask that keeps what people send out of its log."""

    def log_exception(
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """Log where it broke, but neither the path nor the message, which may quote the input."""
        kind, _, trace = exc_info
        frames = "".join(traceback.format_tb(trace))
        self.logger.error("%s at route %s\n%s", kind.__name__ if kind else "?", request.url_rule, frames)


class SecretFilter(logging.Filter):
    """Cuts what may be a secret out of every record."""

    def __init__(self, secret: re.Pattern[str]) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without it."""
        record.msg, record.args = self._secret.sub("[…]", record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            record.msg += f" ({record.exc_info[0].__name__})"
            record.exc_info = None  # its message may quote the request
        return True


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger with the filter on both of its logs. gunicorn itself quotes request lines in warnings."""

    #: Nothing that is logged on purpose is this long: a token has 23 characters and more, a mobile number 11 digits, a seal 160.
    secret = re.compile(r"[A-Za-z0-9_-]{22,}|[0-9]{9,}")

    def setup(self, cfg: Any) -> None:
        """Set the logs up as gunicorn does, then filter them."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.filters = [SecretFilter(self.secret)]
