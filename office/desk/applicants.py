"""The page that shows who applies in full, and the form whose boxes somebody else filled.

Both are answers to a form that was sent, never at an address: each look is written down before the page is made.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from office.applications import drafts, identity, looking
from office.applications.judging import TYPED_MAX

from . import forms
from .applicant_form import STEP, asked
from .channel import Channel
from .context import DeskContext
from .formpages import step_page
from .openforms import open_form
from .problems import ProblemError
from .visitor import unit_of_work, visitor


def blueprint(context: DeskContext, channel: Channel) -> Blueprint:
    """Return the routes of one channel."""
    rooms = Blueprint(f"{channel.name}_applicant", __name__)

    @rooms.post(f"{channel.application}<number>/applicant")
    def full(number: str) -> ResponseReturnValue:
        return _full(context, channel, number)

    @rooms.post(f"{channel.forms}/<name>/applicant")
    def form(name: str) -> ResponseReturnValue:
        return _form(context, channel, name)

    return rooms


def _full(context: DeskContext, channel: Channel, number: str) -> ResponseReturnValue:
    """Show who applies in full, on the screen or as a sheet for whoever compares it with the identity document."""
    printed = request.form.get("why") == "print"
    with context.engine.begin() as connection:
        unit = unit_of_work(connection, context)
        shown, application = looking.look(unit, number, "print" if printed else "case")
    return render_template(
        "applicant.html",
        frame=channel.frame,
        channel=channel,
        shown=shown,
        number=application.number,
        holder=application.holder,
        name=application.name,
        service=context.office().service(application.service),
        printed=printed,
        by=visitor().account.display if visitor().account else "",  # type: ignore[union-attr]
        at=context.now(),
    )


def _form(context: DeskContext, channel: Channel, name: str) -> ResponseReturnValue:
    """Open the boxes that somebody else filled."""
    with context.engine.begin() as connection:
        unit = unit_of_work(connection, context)
        form = open_form(connection, context.office(), name, actor=unit.actor)
        if not identity.asked(unit.office, form.service):
            raise ProblemError("not_found")
        sent = forms.read(form.service, STEP, request.form)
        if all(len(text) <= TYPED_MAX for text in sent.values()):  # what was typed beside it stays
            drafts.update_fields(unit, name, sent)
            form = open_form(connection, context.office(), name, actor=unit.actor)
        opened = asked(unit, form, {}, opened=True)
        if opened is not None and opened.typed is None:
            return redirect(f"{channel.forms}/{form.name}/{STEP}", 303)
        return step_page(connection, context, channel, form, STEP, (), applicant=opened)
