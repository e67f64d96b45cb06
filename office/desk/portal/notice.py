"""A notice of a violation as the citizen sees it: what its code proves first, then where it stands, its paper, and objecting.

Whoever has the code sees this, as on the paper itself. The code travels in the body of a form, never in an address, so that no log has it;
the form may stand on the public page of the code, which is another host's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from flask import Blueprint, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applications.errors import Fault
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import choose_language, language
from office.enforcement import objections, sealing
from office.enforcement.errors import EnforcementError, RefusedError, UnreachableError
from office.enforcement.records import Standing
from seal import notices, sentences, wire
from seal.notices import Notice, NoticeVerdict
from storage.database import reading
from web.downloads import download
from web.writing import language_of


class Shown(NamedTuple):
    """A notice that was asked about. `untold` is the code of why nobody can say where it stands; `refusal` why nobody may object now."""

    text: str
    verdict: NoticeVerdict
    standing: Standing | None = None
    untold: str = ""
    objection: objections.Kept | None = None
    refusal: str = ""
    has_paper: bool = False

    @property
    def genuine(self) -> Notice | None:
        """What the notice says, if it is one."""
        return self.verdict.notice if self.verdict.state == "notice" else None


def blueprints(context: DeskContext) -> tuple[Blueprint, Blueprint]:
    """Return the routes that only read, and those that take something in."""
    notice, objection = Blueprint("notice", __name__), Blueprint("objection", __name__)

    @notice.get("/notice")
    def ask() -> ResponseReturnValue:
        return _door(context)

    @notice.post("/notice")
    def show() -> ResponseReturnValue:
        return _show(context)

    @objection.post("/notice/objection")
    def object_() -> ResponseReturnValue:
        return _object(context)

    @objection.post("/notice/paper")
    def paper() -> Response:
        return _paper(context)

    return notice, objection


def _show(context: DeskContext) -> ResponseReturnValue:
    """Show a notice; asked for another language, the same with all that was typed.

    The public page of the code names its language in the address, our own pages in the form.
    """
    chosen = request.values.get("lang")
    if chosen is not None:
        g.language = language_of(chosen)
    shown = _look(context)
    answer = make_response(_page(context, shown) if notices.ours(shown.text) else _door(context, shown))
    return answer if chosen is None else choose_language(answer, context, chosen)


def _object(context: DeskContext) -> ResponseReturnValue:
    """Take an objection in: kept here first, so that it counts even while inspections is away."""
    shown = _look(context)
    held = shown.genuine
    if not notices.ours(shown.text):
        return _door(context, shown)
    if held is None:
        return _page(context, shown, Fault("", shown.verdict.code))
    if shown.refusal:
        return _page(context, shown, Fault("", shown.refusal))
    try:
        said = objections.parse(request.form.get("objection", ""), request.form.get("mobile", ""))
        with context.engine.begin() as connection:
            objections.keep(connection, held, said, now=context.now())
    except IssuerError as error:
        field = {"objection_text": "objection", "mobile_invalid": "mobile"}.get(error.code, "")
        return _page(context, shown, Fault(field, error.code))
    return _page(context, _look(context), made=True)


def _paper(context: DeskContext) -> Response:
    """Return the notice's paper. Raises EnforcementError `notice_not_known`; ProblemError `not_found` for what is no genuine notice."""
    shown = _look(context)
    if shown.genuine is None:
        raise ProblemError("not_found")
    with reading(context.engine) as connection:
        pdf = sealing.paper_of(connection, shown.genuine.number) if shown.has_paper else None
    if pdf is None:
        raise EnforcementError("notice_not_known")
    return download(pdf, "application/pdf", f"{shown.genuine.number}.pdf")


def _look(context: DeskContext) -> Shown:
    """Judge the text that was sent, and find out where the notice stands: only a genuine one is asked about."""
    text = "".join(request.form.get("text", "")[: wire.TEXT_MAX + 1].split())
    shown = Shown(text, _verdict(context, text))
    held = shown.genuine
    if held is None:
        return shown
    standing, untold = _standing(context, held)
    with reading(context.engine) as connection:
        kept, objection = sealing.text_of(connection, held.number), objections.of(connection, held.number)
    has_paper = _verdict(context, kept).notice == held
    refusal = _refusal(context, standing, untold, objection)
    return Shown(text, shown.verdict, standing, untold, objection, refusal, has_paper)


def _verdict(context: DeskContext, text: str) -> NoticeVerdict:
    trust = context.trust()
    return notices.verify(text, trust=trust, hosts=trust.hosts, now=datetime.fromtimestamp(context.now(), UTC))


def _standing(context: DeskContext, held: Notice) -> tuple[Standing | None, str]:
    """Return where a notice stands, or the code of why that cannot be told."""
    if context.inspections is None:
        return None, "notices_not_connected"
    if not context.asking.acquire(blocking=False):
        return None, "notice_status_unknown"
    try:
        standing = context.inspections.notice(held.number)
    except UnreachableError:
        return None, "notice_status_unknown"
    except RefusedError:
        return None, "notice_other"
    finally:
        context.asking.release()
    # A seal of a stolen key may bear somebody else's number: what became of that one is not told here.
    return (standing, "") if sealing.facts(standing, now=held.iat) == held else (None, "notice_other")


def _refusal(context: DeskContext, standing: Standing | None, untold: str, objection: objections.Kept | None) -> str:
    """Return why nobody may object now, "" if one may: also while nobody can tell where the notice stands, for the days go by."""
    if objection is not None:
        return "objection_made"
    if standing is None:
        return "" if untold == "notice_status_unknown" else untold
    try:
        objections.allowed(standing, now=context.now())
    except EnforcementError as error:
        return error.code
    return ""


def _door(context: DeskContext, shown: Shown | None = None) -> tuple[str, int]:
    """Return the page that asks for a code's text. `shown`: what was sent has not even the form of a notice's."""
    connected, text = context.inspections is not None, request.form.get("text", "")
    page = render_template("portal_notice_ask.html", text=text, connected=connected, code=shown.verdict.code if shown else "")
    return page, 422 if shown else 200


def _violation(context: DeskContext, shown: Shown) -> str:
    """Return what was violated: as the notice was given where that is known, else in the trust list's words or by its code."""
    if shown.standing is not None:
        names = shown.standing.names
        return names.ar if language() == "ar" else names.en
    return sentences.violation(shown.genuine.violation, context.trust().violations, language()) if shown.genuine else ""


def _page(context: DeskContext, shown: Shown, fault: Fault | None = None, *, made: bool = False) -> tuple[str, int]:
    typed = {} if made else {name: request.form.get(name, "") for name in ("objection", "mobile")}
    page = render_template(
        "portal_notice.html",
        shown=shown,
        notice=shown.genuine,
        standing=shown.standing,
        violation=_violation(context, shown),
        authorities=context.authorities(),
        fault=fault,
        made=made,
        typed=typed,
        limits=(objections.TEXT_MIN, objections.TEXT_MAX),
    )
    return page, status_of(fault.code) if fault else 200
