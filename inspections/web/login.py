"""Supervisors and police sign in as people everywhere do (`accounts.web.login`); this says where, and with what."""

from __future__ import annotations

from flask import Blueprint

from accounts.web import login
from qr import write

from . import problems
from .context import InspectionsContext
from .paths import PREFIX
from .visitor import REALM, staff, visitor


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    host = login.Host(
        PREFIX,
        REALM,
        https=context.settings.https,
        engine=context.engine,
        now=context.now,
        visitor=visitor,
        account=staff,
        status_of=problems.status_of,
        picture=lambda text: write.encode_ascii(text).svg(),
        provider=context.sign_in_provider,
    )
    return login.blueprint(host)
