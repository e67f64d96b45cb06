"""People of the street, on the pages that every program's people have (`accounts.web.people`), with their sign-ins on phones.

Administrators change, supervisors see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint
from sqlalchemy import Connection

from accounts.roles import INSPECTION_ROLES, Account
from accounts.web import people
from accounts.web.people import SignedIn
from governorate import authorities
from inspections.devices import sign_ins

from . import problems
from .context import InspectionsContext
from .pages import scope
from .paths import PREFIX
from .visitor import staff

LISTED = 30


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    host = people.Host(
        f"{PREFIX}/people",
        f"{PREFIX}/welcome",
        engine=context.engine,
        now=context.now,
        account=staff,
        offered=INSPECTION_ROLES,
        authorities=lambda: _authorities(context),
        status_of=problems.status_of,
        provider=context.sign_in_provider,
        viewers=("supervisor",),
        signed_in=_signed_in,
    )
    return people.blueprint(host)


def _authorities(context: InspectionsContext) -> Mapping[str, Mapping[str, str]]:
    """Return the authorities by the names of the trust list; as long as there is none, those of the governorate by their codes."""
    return scope.names(context) or {code: {"ar": code, "en": code} for code in authorities.default()}


def _signed_in(connection: Connection, account: Account) -> Sequence[SignedIn]:
    return [SignedIn(name, begun_at, until) for name, begun_at, until in sign_ins.of_account(connection, account.id, most=LISTED)]
