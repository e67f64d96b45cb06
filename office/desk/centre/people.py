"""The centre's people, on the pages that every program's people have (`accounts.web.people`); this says whose they are."""

from __future__ import annotations

from flask import Blueprint

from accounts.roles import OFFICE_ROLES
from accounts.web import people
from office.desk import problems
from office.desk.context import DeskContext
from office.desk.visitor import staff

from . import passkeys
from .login import ROOT


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    host = people.Host(
        f"{ROOT}/people",
        f"{ROOT}/welcome",
        engine=context.engine,
        now=context.now,
        account=staff,
        offered=OFFICE_ROLES,
        authorities=context.authorities,
        status_of=problems.status_of,
        provider=context.sign_in_provider,
        passkeys=passkeys.host(context),
    )
    return people.blueprint(host)
