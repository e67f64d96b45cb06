"""The first page after signing in: who is here, and where their work is."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from .context import InspectionsContext
from .paths import PREFIX


def blueprint(_: InspectionsContext) -> Blueprint:
    """Return the routes."""
    home = Blueprint("home", __name__, url_prefix=PREFIX)

    @home.get("/")
    def page() -> ResponseReturnValue:
        return render_template("home.html")

    return home
