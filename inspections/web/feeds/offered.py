"""Which authorities an administrator may let another program ask of: those that they administer."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from accounts.roles import EVERYWHERE
from inspections.errors import InspectionError
from inspections.visits.asked import Scope
from inspections.web.context import InspectionsContext
from inspections.web.pages import scope
from inspections.web.visitor import staff


def mine() -> Scope:
    """Return the authorities that the one who asks administers, None for all."""
    held = staff().where("administrator")
    return None if EVERYWHERE in held else held


def authorities(context: InspectionsContext) -> Sequence[str]:
    """Return what they may choose, `*` too for who administers all."""
    held = mine()
    return [EVERYWHERE, *sorted(scope.names(context))] if held is None else sorted(held)


def picked(context: InspectionsContext) -> Sequence[str]:
    """Return what a form chose. Raises InspectionError `token_authority` for what was not offered."""
    found = request.form.getlist("authority")
    if not set(found) <= set(authorities(context)):
        raise InspectionError("token_authority")
    return found
