"""What became of a provisional slip: asked by its reference and the last digits of the mobile that was given in the van.

It tells where the application stands and its number, and nobody's name. Guesses are counted by the reference and by where they come from.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from accounts import lockout
from accounts.errors import AccountError
from issuer.errors import IssuerError
from issuer.intake.texts import figures
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.van import filing, records, references
from office.van.errors import VanError
from office.van.records import Brought
from storage.database import reading

_FREE, _STRANGERS = 5, 50  # guesses at one reference from one place, and from everywhere
_EASES = 900  # seconds
DIGITS = 4


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("provisional", __name__)

    @pages.get("/slips")
    def ask() -> ResponseReturnValue:
        return render_template("portal_slip.html", typed={})

    @pages.post("/slips")
    def look() -> ResponseReturnValue:
        return _look(context)

    return pages


def _look(context: DeskContext) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "")[:40] for name in ("reference", "digits")}
    reference, digits = references.parse(typed["reference"]), "".join(figures(typed["digits"]).split())
    try:
        if not reference:
            raise VanError("van_reference_invalid")
        if not (digits.isascii() and digits.isdigit() and len(digits) == DIGITS):
            raise VanError("van_digits_invalid")
        found, number = _found(context, reference, digits)
    except (IssuerError, AccountError) as error:
        wait = getattr(error, "wait_seconds", 0)
        return render_template("portal_slip.html", typed=typed, code=error.code, wait=wait), status_of(error.code)
    told = {"found": found, "number": number, "name": context.authorities()[found.authority]}
    return render_template("portal_slip.html", typed=typed, reference=reference, **told)


def _found(context: DeskContext, reference: str, digits: str) -> tuple[Brought, str]:
    """Return a parcel and its application's number. Raises VanError `van_slip_unknown`; AccountError `wait`."""
    limits = (
        lockout.Limit("van slip from", f"{reference}\0{lockout.network(request.remote_addr)}", _FREE, shared=True, eases=_EASES),
        lockout.Limit("van slip", reference, _STRANGERS, shared=True, eases=_EASES),
        lockout.of_address(request.remote_addr, realm="van slip"),
    )
    with context.engine.begin() as connection:
        lockout.count(connection, limits, now=context.now())
    with reading(context.engine) as connection:
        brought = [each for each in records.by_reference(connection, reference) if each.mobile_end and each.mobile_end == digits]
    if not brought:  # not there yet, or other digits: alike, so that nobody learns which
        raise VanError("van_slip_unknown")
    with context.engine.begin() as connection:
        lockout.succeeded(connection, limits)
    found = max(brought, key=lambda each: (each.state == "filed", each.id))
    return found, filing.numbers(context.engine, (found,)).get(found.id, "")
