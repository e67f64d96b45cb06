"""The passkeys of the centre's people, on the pages of `accounts.web.passkeys`; this says where, and with what."""

from __future__ import annotations

from flask import Blueprint

from accounts.errors import AccountError
from accounts.web import passkeys
from issuer.errors import IssuerError
from office import mobiles
from office.desk import problems
from office.desk.context import DeskContext
from office.desk.visitor import staff, visitor
from office.desk.words import say

from .login import ROOT


def host(context: DeskContext) -> passkeys.Host:
    """Return whose passkeys these are."""
    return passkeys.Host(
        f"{ROOT}/passkeys",
        engine=context.engine,
        now=context.now,
        account=staff,
        token=lambda: visitor().token,
        status_of=problems.status_of,
        site=lambda: context.site,
        roster=context.roster,
        name=say("brand_centre", "ar"),
        mobile=_mobile,
    )


def _mobile(text: str) -> str:
    """Return a number as E.164, "" for none. Raises AccountError `contact_invalid`."""
    try:
        return mobiles.parse(text) if text.strip() else ""
    except IssuerError as error:
        raise AccountError("contact_invalid") from error


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    return passkeys.blueprint(host(context))
