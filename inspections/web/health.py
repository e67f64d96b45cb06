"""Can the server take inspections?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import Blueprint

from published import ages
from storage.database import answers
from storage.errors import KhatmError
from web import health

from .context import InspectionsContext
from .paths import PREFIX


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the health routes."""
    old = partial(_old, context)
    return health.blueprint(lambda: _status(context), at=f"{PREFIX}/health", old=old)


def _old(context: InspectionsContext) -> Sequence[str]:
    return ages.warnings(context.lists.current(), now=context.now())


def _status(context: InspectionsContext) -> str:
    try:
        context.known_lists()
    except KhatmError as error:
        return error.code
    return "ready" if answers(context.engine) else "database_unreachable"
