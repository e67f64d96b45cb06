"""A document in the page: drawn page by page, judged by whoever decides, replaced by whoever applies.

A drawn page has the same rules as the document itself: it is asked for by the document's address, and whoever may not have one has neither.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from objects.errors import ObjectsError
from office.applications import attaching, documents, records
from office.applications.application import Application
from office.applications.attaching import Attachment, Upload
from office.applications.errors import ApplicationError, DocumentError, Fault
from office.applications.paperwork import papers
from office.applications.paperwork.papers import Papers
from office.previews.drawing import PAGES_MOST, Page, Zoom
from office.previews.errors import PreviewError
from office.privacy.reads import About
from office.services.errors import MoveError
from office.services.state_machine import REASON_MAX
from storage.database import reading

from .attachments import ROW
from .channel import Channel
from .context import DeskContext
from .noting import note
from .problems import ProblemError, status_of
from .visitor import unit_of_work, visitor

_PAGE = "<int(max=99):page>"
ZOOMS: tuple[Zoom, ...] = ("fit", "full")


class _Shown(NamedTuple):
    """A document of an application that the visitor may see, with its neighbours."""

    application: Application
    attachment: Attachment
    papers: Papers


class _Sent(NamedTuple):
    """Which form of the page was refused, and what for."""

    form: str = ""
    fault: Fault | None = None


_NOTHING = _Sent()


def blueprint(context: DeskContext, channel: Channel) -> Blueprint:
    """Return the routes of one channel's documents."""
    viewing = Blueprint(f"{channel.name}_papers", __name__, url_prefix=channel.application.rstrip("/"))

    @viewing.get(f"/<number>/documents/{ROW}/view")
    def view(number: str, attachment: int) -> ResponseReturnValue:
        return _page(context, channel, number, attachment)

    @viewing.get(f"/<number>/documents/{ROW}/pages/{_PAGE}.jpg")
    def drawn(number: str, attachment: int, page: int) -> Response:
        return _picture(context, number, attachment, page)

    @viewing.post(f"/<number>/documents/{ROW}/replace")
    def replace(number: str, attachment: int) -> ResponseReturnValue:
        return _replace(context, channel, number, attachment)

    if channel.name == "centre":

        @viewing.post(f"/<number>/documents/{ROW}/judge")
        def judge(number: str, attachment: int) -> ResponseReturnValue:
            return _judge(context, channel, number, attachment)

    return viewing


def _found(context: DeskContext, number: str, attachment: int) -> _Shown:
    """Return a document of a submitted application. Raises ApplicationError, DocumentError."""
    office, actor = context.office(), visitor().actor
    with reading(context.engine) as connection:
        application = records.find(connection, number, actor=actor)
        if not application.number:
            raise ApplicationError("application_unknown")
        found = attaching.find(connection, number, attachment, actor=actor)
        held = papers.of(connection, office, number, actor=actor)
    shown = _Shown(application, found, held)
    note(context, About("document", application.number, application.authority, f"{found.code} {found.id}"))
    return shown


def _zoom() -> Zoom:
    return next((each for each in ZOOMS if each == request.args.get("zoom")), ZOOMS[0])


def _drawn(context: DeskContext, found: _Shown, page: int) -> Page:
    """Return a page of a document. Raises PreviewError; DocumentError, ObjectsError of the store, for which no connection waits."""
    held = found.attachment
    content = context.office().store.get(held.digest)
    return context.previews.page(held.digest, content, held.media, page=page, zoom=_zoom())


def _picture(context: DeskContext, number: str, attachment: int, page: int) -> Response:
    """Return a drawn page. The browser may keep it and has to ask each time, so whoever signed out gets it from nowhere."""
    found = _found(context, number, attachment)
    tag = f"{found.attachment.digest.hex()[:32]}-{page}-{_zoom()}"
    known = request.if_none_match.contains(tag)
    response = Response(status=304) if known else Response(_drawn(context, found, page).content, mimetype="image/jpeg")
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _page(context: DeskContext, channel: Channel, number: str, attachment: int, sent: _Sent = _NOTHING) -> ResponseReturnValue:
    found = _found(context, number, attachment)
    text = request.args.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 1
    drawn: dict[str, Any] = {"drawn": None, "undrawn": ""}
    try:
        drawn["drawn"] = _drawn(context, found, page)
    except (PreviewError, DocumentError, ObjectsError) as error:
        drawn["undrawn"] = error.code
    order = [each.attachment.id for each in found.papers.all]
    place = order.index(attachment) if attachment in order else None
    answer = render_template(
        "document.html",
        frame=channel.frame,
        channel=channel,
        application=found.application,
        service=context.office().service(found.application.service),
        grounds=context.office().services.grounds,
        attachment=found.attachment,
        paper=found.papers.of(attachment),
        papers=found.papers,
        before=order[place - 1] if place else None,
        after=order[place + 1] if place is not None and place + 1 < len(order) else None,
        page=page,
        pages_most=PAGES_MOST,
        zoom=_zoom(),
        sent=sent,
        typed=request.form,
        most=documents.OCTETS_MAX,
        **drawn,
    )
    return answer, status_of(sent.fault.code) if sent.fault else 200


def _judge(context: DeskContext, channel: Channel, number: str, attachment: int) -> ResponseReturnValue:
    """Accept or return a document, and lead on to the next one that nobody judged; after the last to the decision itself."""
    typed = request.form
    verdict = next((each for each in papers.VERDICTS if each == typed.get("verdict")), None)
    if verdict is None:
        _found(context, number, attachment)  # to whom it is not there, nothing else is said
        raise ProblemError("bad_request")
    words, seen = typed.get("words", ""), typed.get("seen", "")
    if len(words) > REASON_MAX:
        return _page(context, channel, number, attachment, _Sent(verdict, Fault("words", "field_too_long")))
    shown = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else None
    try:
        with context.engine.begin() as connection:
            unit = unit_of_work(connection, context)
            papers.judge(unit, number, attachment, verdict, ground=typed.get("ground", ""), words=words, seen=shown)
            left = papers.of(connection, unit.office, number, actor=unit.actor).unjudged
    except (ApplicationError, MoveError) as error:
        if error.code == "application_unknown":
            raise
        field = "words" if error.code == "reason_missing" else ""
        return _page(context, channel, number, attachment, _Sent(verdict, Fault(field, error.code)))
    ahead = next((each.attachment.id for each in (*(one for one in left if one.attachment.id > attachment), *left)), None)
    case = f"{channel.application}{number}"
    return redirect(f"{case}#actions" if ahead is None else f"{case}/documents/{ahead}/view", 303)


def _replace(context: DeskContext, channel: Channel, number: str, attachment: int) -> ResponseReturnValue:
    """Put the file that was sent in the place of a document that was returned."""
    file = request.files.get("file")
    upload = Upload(file.read() if file else b"", (file.filename or "") if file else "")
    try:
        with context.engine.begin() as connection:
            papers.replaceable(unit_of_work(connection, context), number, attachment)
        upload = attaching.keep(context.office().store, upload)
        with context.engine.begin() as connection:
            papers.replace(unit_of_work(connection, context), number, attachment, upload)
    except ObjectsError as error:
        return _page(context, channel, number, attachment, _Sent("replace", Fault("file", error.code)))
    except DocumentError as error:
        if error.code == "document_unknown":
            raise
        return _page(context, channel, number, attachment, _Sent("replace", Fault("file", error.code, error.detail)))
    except IssuerError as error:
        if error.code == "application_unknown":
            raise
        return _page(context, channel, number, attachment, _Sent("replace", Fault("", error.code)))
    return redirect(f"{channel.application}{number}#documents", 303)
