"""A license to keep: its code as a picture, its paper, and the page behind the link in the message."""

from __future__ import annotations

import math
from typing import NamedTuple

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

import qr.write
from issuer.cards import outputs
from issuer.log import stored
from issuer.log.files import CHECKPOINT
from issuer.log.gate import position_of
from issuer.register import history
from issuer.register.history import Event
from office.messages import links
from office.papers import press, sheet
from office.papers.prints import SIZES, Size
from seal import wire
from seal.claims import Claims
from seal.cose import Sign1
from seal.license import License
from storage.database import reading
from web.downloads import download

from .assets import PREFIX
from .context import DeskContext
from .problems import ProblemError

MODULE_PX = 10


class Downloadable(NamedTuple):
    """A license of the register with its newest seal. `status` is a word of `history.STATUS_NAMES`."""

    number: str
    status: str
    license: License
    message: Sign1
    edition: int
    events: tuple[Event, ...]
    awaited: bool  # verifiers do not have its seal in their lists yet: within a minute they do
    logged: bool  # it is under a published checkpoint, or there is no log: before that its code does not leave the house

    @property
    def in_force(self) -> bool:
        """Whether its code may be handed out."""
        return self.status == "valid" and self.logged


def downloadable(context: DeskContext, number: str) -> Downloadable:
    """Return a license. Raises IssuerError `number_unknown`, `number_invalid`. The caller has checked who asks."""
    record = history.show(context.engine, number)
    claims = record.claims
    awaited, logged = _awaited(context, claims), position_of(claims) < logged_until(context)
    return Downloadable(
        record.number, record.status, claims.license, record.message, claims.edition, record.events, awaited=awaited, logged=logged
    )


def logged_until(context: DeskContext) -> float:
    """Return how many positions stand in the published log; all there are, where the trust list names none."""
    if context.trust().log is None:
        return math.inf
    published = stored.read(context.settings.published / stored.NAME / CHECKPOINT)
    return 0 if published is None else published.checkpoint.size


def _awaited(context: DeskContext, claims: Claims) -> bool:
    """Whether the seal is younger than its status list as published: every seal in a list is strictly older than the list."""
    loaded = context.lists.current().loaded
    listed = loaded.status.lists.get(claims.uri) if loaded else None
    return listed is None or listed.iat <= claims.iat


def picture(context: DeskContext, found: Downloadable, form: str, size: str) -> Response:
    """Return the license's code as PNG or SVG, or its paper (PDF), as a download."""
    host = context.office().host
    if form == "pdf":
        token, now = found.message.to_bytes(), context.now()
        paper = sheet.of(token, size=paper_size(size), host=host, trust=context.trust(), serial=0, at=now, ground=context.map)
        content = press.shared().render(paper)
        return download(content, "application/pdf", f"{found.number}.pdf")
    code = qr.write.encode(wire.write(found.message, host), level=outputs.level_of(found.license.type))
    if form == "svg":
        return download(code.svg().encode(), "image/svg+xml", f"{found.number}.svg")
    response = Response(code.png(module_px=MODULE_PX), mimetype="image/png")
    response.headers.set("Content-Disposition", "attachment" if "save" in request.args else "inline", filename=f"{found.number}.png")
    return response


def paper_size(text: str) -> Size:
    """Return the size that an address or a form names. Raises ProblemError `not_found`."""
    for size in SIZES:
        if size == text:
            return size
    raise ProblemError("not_found")


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes behind the link in a message. Whoever has the link sees the license; it cannot be guessed, and can be withdrawn."""
    keep = Blueprint("keep", __name__, url_prefix=PREFIX)

    def found(token: str) -> Downloadable:
        with reading(context.engine) as connection:
            number = links.find(connection, token)
        if number is None:
            raise ProblemError("not_found")
        return downloadable(context, number)

    @keep.get("/<token>")
    def page(token: str) -> ResponseReturnValue:
        license_ = found(token)
        text = wire.write(license_.message, context.office().host)
        return render_template("download.html", license=license_, token=token, text=text, activity=context.activity(license_.license))

    @keep.get("/<token>/license.<any(png, svg, pdf):form>")
    def file(token: str, form: str) -> ResponseReturnValue:
        license_ = found(token)
        if not license_.in_force:
            raise ProblemError("not_found")
        return picture(context, license_, form, request.args.get("size", "A4"))

    return keep
