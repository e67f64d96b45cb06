"""Can the server take inspections?"""

from __future__ import annotations

from flask import Blueprint

from storage.database import answers
from storage.errors import KhatmError
from web import health

from .context import InspectionsContext
from .paths import PREFIX


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the health routes."""
    return health.blueprint(lambda: _status(context), at=f"{PREFIX}/health")


def _status(context: InspectionsContext) -> str:
    try:
        context.known_lists()
    except KhatmError as error:
        return error.code
    return "ready" if answers(context.engine) else "database_unreachable"
