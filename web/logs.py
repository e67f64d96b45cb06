"""What processes say of themselves: lines for people, or with KHATM_LOG_FORMAT=json an object a line for whoever collects logs.

Nobody is quoted. A record holds the time (UTC), the level, who says it, a text or a code of ours; of a request its id, the route's template
(never the path, which may be a license or hold a token), status and milliseconds; of a database error its SQLSTATE.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import click

from . import clock
from .environment import Environment, variable

#: The id of the request that is worked on, "" outside of one.
REQUEST: ContextVar[str] = ContextVar("khatm_request", default="")
_GIVEN = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
#: What a record may hold beside its text: set by `extra=` where it is logged, and made of nothing that somebody typed.
_EXTRA = ("sqlstate", "route", "code")


Format = Literal["text", "json"]


class LogVariables(Environment):
    """What every process that goes on takes from its environment about its logs."""

    format: Format = variable("KHATM_LOG_FORMAT", "`json`: what is logged is an object a line", "text")


@cache
def structured() -> bool:
    """Say whether objects are wanted. Raises SettingsError."""
    return LogVariables().format == "json"


def request_id(given: str) -> str:
    """Return the id of a request: the one that our proxy gave (32 hexadecimal digits, or a UUID), else a new one."""
    return given if _GIVEN(given) else secrets.token_hex(16)


def line(at: float, level: str, logger: str, fields: Mapping[str, object]) -> str:
    """Return one object; `at` in seconds since 1970."""
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return json.dumps({"time": time, "level": level.lower(), "logger": logger, **fields}, ensure_ascii=False)


class JsonFormatter(logging.Formatter):
    """A record as an object. What it holds as `fields` is all that it says; else its text, and where it broke without the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, in one line."""
        fields: dict[str, object] = dict(getattr(record, "fields", {}))
        if not fields:
            fields["message"] = record.getMessage()
            if record.exc_info and record.exc_info[0]:
                fields["fault"] = record.exc_info[0].__name__  # its message may quote somebody
        fields |= {name: getattr(record, name) for name in _EXTRA if getattr(record, name, None)}
        if request := REQUEST.get():
            fields.setdefault("request", request)
        return line(record.created, record.levelname, record.name, fields)


class LineFormatter(logging.Formatter):
    """A record for people, in one line: of a fault its kind and place, neither message nor traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told = record.getMessage()
        if record.exc_info and record.exc_info[0]:
            told += f" ({record.exc_info[0].__name__}, {place(record.exc_info[2])})"
        return told


def place(trace: TracebackType | None) -> str:
    """Return where it broke, file and line: no message, no values."""
    frames = traceback.extract_tb(trace)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def configure(*filters: Any) -> None:
    """Let whatever this process logs come to standard error, through the `filters`: as objects if they are wanted, else as lines.

    Libraries log too: a pool of connections does, with a traceback, when a database dies.
    """
    root, objects = logging.getLogger(), structured()
    if root.handlers and not objects:
        return  # somebody took care of it
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if objects else LineFormatter())
    handler.setLevel(logging.NOTSET if objects else logging.WARNING)  # what a process without handlers says
    for each in filters:
        handler.addFilter(each)
    root.handlers[:] = [handler]


def tell(logger: str, text: str, *, code: str = "", err: bool = False) -> None:
    """Say something to whoever runs this process: as it is, or as an object."""
    if structured():
        fields: dict[str, object] = {"code": code} if code else {}
        text = line(clock.now().timestamp(), "warning" if err else "info", logger, {**fields, "message": text})
    click.echo(text, err=err)
