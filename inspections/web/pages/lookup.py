"""The police look a license or a notice up by its number, a name, a place or a code, and see how it stands, with its notices.

Each look-up is kept; nothing else is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from flask import Blueprint, g, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts.roles import EVERYWHERE
from inspections.licensed import Licensed
from inspections.visits import evaluation, lookups
from inspections.visits.asked import Scope
from inspections.visits.lookups import Kind
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.problems import status_of
from inspections.web.visitor import choose_language, staff
from seal import days, license
from seal.notices import is_notice_number, ours
from seal.site import Point
from seal.verdict import Verdict
from storage.database import reading
from web.spelling import folded
from web.writing import language_of

from . import notices, scope
from .notices import Notices
from .saying import page

ASKED_MAX = 1_400  # characters of a code
NAME_LEAST = 3
SHOWN = 20
AROUND_M = 100.0
_POSITION = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,،\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `more`: there is more than is shown; `verdict` is of a code that was looked up, without its place."""

    kind: Kind
    found: tuple[Licensed, ...] = ()
    more: bool = False
    verdict: Verdict | None = None
    here: Point | None = None
    notices: Notices = field(default_factory=Notices)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The licenses that it is about."""
        coded = self.verdict.number if self.verdict is not None else None
        return tuple(each.number for each in self.found) + ((coded,) if coded else ())


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    lookup = Blueprint("lookup", __name__, url_prefix=f"{PREFIX}/lookup", template_folder="templates")

    @lookup.get("", endpoint="page")
    def page_() -> ResponseReturnValue:
        return _page(context)

    @lookup.post("")
    def find() -> ResponseReturnValue:
        asked = request.form.get("q", "").strip()
        fault, chosen = _fault(asked), request.form.get("lang")
        if chosen is not None:
            g.language = language_of(chosen)
        answer = make_response(_page(context, asked, fault=fault) if fault else _page(context, asked, _answer(context, asked)))
        return answer if chosen is None else choose_language(answer, context, chosen)

    return lookup


def _fault(asked: str) -> str:
    if len(asked) > ASKED_MAX:
        return "lookup_too_long"
    return "" if len(asked) >= NAME_LEAST else "lookup_too_short"


def _answer(context: InspectionsContext, asked: str) -> Answer:
    """Look something up and keep that it was: first the row, then the answer."""
    mine = _scope()
    with reading(context.engine) as connection:
        answer = _notice(context, connection, asked, mine)
        if answer is None:
            answer = _code(context, asked) if "://" in asked or ":" in asked else None
            answer = answer or _number(context, asked, mine) or _place(context, asked, mine) or _name(context, asked, mine)
            answer = replace(answer, notices=_notices(connection, asked, answer, mine))
    said = _said(asked, answer)
    total = len({*answer.numbers, *(each.license or each.number for each in answer.notices.found)})
    with context.engine.begin() as connection:
        _keep(connection, context, answer.kind, said, total)
    return answer


def _said(asked: str, answer: Answer) -> str:
    """Return what is kept of what was asked: of a code its number alone, for it holds personal data."""
    if answer.kind != "code":
        return asked
    if answer.notices.verdict is not None:
        return answer.notices.verdict.notice.number if answer.notices.verdict.notice else ""
    return next(iter(answer.numbers), "")


def _notice(context: InspectionsContext, connection: Connection, asked: str, mine: Scope) -> Answer | None:
    """Answer what is asked by a notice's number or code, None for anything else."""
    number = asked.translate(_DIGITS).upper().replace(" ", "")
    if is_notice_number(number):
        return Answer("number", notices=notices.by_number(connection, number, mine))
    return Answer("code", notices=notices.by_code(context, connection, asked, mine)) if ours(asked) else None


def _notices(connection: Connection, asked: str, answer: Answer, mine: Scope) -> Notices:
    found = notices.of_licenses(connection, answer.numbers, mine)
    if answer.here is not None:
        return found + notices.around(connection, answer.here, AROUND_M, mine)
    return found + notices.named(connection, asked, mine) if answer.kind == "name" else found


def _keep(connection: Connection, context: InspectionsContext, kind: Kind, said: str, total: int) -> None:
    who = staff()
    lookups.note(connection, account_id=who.id, by=who.name, kind=kind, asked=said, found=total, now=context.now())


def _scope() -> Scope:
    mine = staff().where("police")
    return None if EVERYWHERE in mine else mine


def _code(context: InspectionsContext, asked: str) -> Answer:
    """Judge a code's text now, without a place."""
    verdict = evaluation.judged(asked, context.now(), None, context.known_lists())
    return Answer("code", verdict=verdict)


def _number(context: InspectionsContext, asked: str, mine: Scope) -> Answer | None:
    text = asked.translate(_DIGITS).upper().replace(" ", "")
    if license.prefix_of(text) is None:
        return None
    sites = context.licensed()
    found = [each for each in (sites.of_number(text) if sites else ()) if mine is None or each.authority in mine]
    return Answer("number", tuple(found[-1:]))


def _place(context: InspectionsContext, asked: str, mine: Scope) -> Answer | None:
    match = _POSITION.fullmatch(asked.translate(_DIGITS))
    if match is None:
        return None
    here = Point(float(match[1]), float(match[2]))
    if abs(here.latitude) > 90 or abs(here.longitude) > 180:
        return Answer("place")
    sites = context.licensed()
    near = sites.around(here, AROUND_M, mine) if sites else []
    return Answer("place", tuple(each for _, each in near[:SHOWN]), len(near) > SHOWN, here=here)


def _name(context: InspectionsContext, asked: str, mine: Scope) -> Answer:
    wanted, found = folded(asked), list[Licensed]()
    if not wanted:
        return Answer("name")
    for each in _all(context, mine):
        if wanted in folded(each.site.name):
            found.append(each)
            if len(found) > SHOWN:
                break
    return Answer("name", tuple(found[:SHOWN]), len(found) > SHOWN)


def _all(context: InspectionsContext, mine: Scope) -> Iterator[Licensed]:
    sites = context.licensed()
    for code in sorted(sites.made_at) if sites else ():
        if sites is not None and (mine is None or code in mine):
            yield from sites.newest(code)


def _page(context: InspectionsContext, asked: str = "", answer: Answer | None = None, fault: str = "") -> ResponseReturnValue:
    with reading(context.engine) as connection:
        before = lookups.of_account(connection, staff().id)
    sites = context.licensed()
    return page(
        "lookup.html",
        status_of(fault) if fault else 200,
        asked=asked if not answer or answer.kind != "code" else "",
        answer=answer,
        fault=fault,
        before=before,
        made_at=sites.made_at if sites else {},
        now=context.now(),
        today=days.day_of(context.now()),
        names=scope.names(context),
        types=scope.types(context),
    )
