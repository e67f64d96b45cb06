"""The centre's staff sign in as people everywhere do (`accounts.web.login`); this says where, and with what."""

from __future__ import annotations

from flask import Blueprint

from accounts.web import login
from office.desk import problems
from office.desk.context import DeskContext
from office.desk.visitor import staff, visitor
from qr import write

ROOT = "/centre"


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    host = login.Host(
        ROOT,
        "staff",
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
