"""Can the office take applications?"""

from __future__ import annotations

from flask import Blueprint

from governorate.errors import GovernorateError
from published import ages
from storage.database import answers
from web import health

from .context import DeskContext
from .problems import ProblemError


def blueprint(context: DeskContext) -> Blueprint:
    """Return the health routes."""
    return health.blueprint(lambda: _status(context), old=lambda: _old(context))


def _old(context: DeskContext) -> list[str]:
    fault = context.replica.fault if context.replica else ""
    return [*ages.warnings(context.lists.current(), now=context.now()), *filter(None, (fault,))]


def _status(context: DeskContext) -> str:
    try:
        context.trust()
    except (ProblemError, GovernorateError) as error:
        return error.code
    return "ready" if answers(context.engine) else "database_unreachable"
