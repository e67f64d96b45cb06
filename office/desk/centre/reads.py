"""Who read what: a case's looks of every kind on one page and as a table; without a case the newest of the authorities that one leads."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from accounts.roles import EVERYWHERE
from office.desk import turning
from office.desk.context import DeskContext
from office.desk.noting import note
from office.desk.replicas import looking
from office.desk.visitor import staff
from office.privacy import seeing
from office.privacy.reads import About
from office.privacy.seeing import Seen
from web import spreadsheets, writing

_HEADER = ("at", "who", "case", "authority", "source", "what", "item", "many")
_SHOWN = 200


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    rooms = Blueprint("reads", __name__, url_prefix="/centre/applicants")

    @rooms.get("/reads")
    def list_() -> ResponseReturnValue:
        number = _number()
        services = context.office().services.services.values()
        documents = {document.code: document.name for service in services for document in service.documents}
        shown, more = _page(_reads(context, number, before=turning.before()))
        return render_template("centre_reads.html", reads=shown, more=more, application=number, documents=documents)

    @rooms.get("/reads.csv")
    def list_csv() -> Response:
        number = _number()
        found = _reads(context, number)
        note(context, About("looks", number, many=len(found)))
        return spreadsheets.answer("reads", _HEADER, ((writing.stamp(each.at), *each[1:]) for each in found))

    return rooms


def _number() -> str:
    return request.args.get("application", "")[:40].strip().upper()


def _page(found: list[Seen]) -> tuple[list[Seen], int]:
    """Return the lines of a page, and the second below which the next one begins, 0 for none: the lines of one second stay together."""
    end = min(_SHOWN, len(found))
    while 0 < end < len(found) and found[end].at == found[end - 1].at:
        end += 1
    return found[:end], found[end - 1].at if end < len(found) else 0


def _reads(context: DeskContext, number: str, *, before: int = 0) -> list[Seen]:
    """Return the looks that are the visitor's to see: a manager's those of their authorities, an administrator's all."""
    account = staff()
    where = frozenset({EVERYWHERE}) if account.has("administrator") else account.where("manager")
    with looking(context) as connection:
        return seeing.of_authorities(connection, where, number=number, before=before)
