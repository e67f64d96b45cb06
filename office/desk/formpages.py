"""The pages of a form: its steps with what is wrong beside each field, and everything once more before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from issuer.errors import IssuerError
from office.applications import attaching, quoting, submitting
from office.applications.errors import Fault
from office.applications.paperwork import papers
from office.services.service import Service

from . import applicant_form, forms, mapping
from .channel import Channel
from .context import DeskContext
from .openforms import OpenForm
from .problems import ProblemError, status_of
from .visitor import language, unit_of_work, visitor


def step_page(
    connection: Connection, context: DeskContext, channel: Channel, form: OpenForm, step: str, faults: Sequence[Fault], **more: Any
) -> ResponseReturnValue:
    """Return the page of a step, with what is wrong beside each field."""
    if step not in forms.steps(form.service):
        raise ProblemError("not_found")
    if step == "site":
        more["map"] = mapping.shown(context, form, request.values)
    if step == "documents":
        more["attached"] = attaching.attached(connection, form.id)
        more |= _judged(connection, context, form)
        more["service"] = _asking(connection, context, form)
    if step == "details" and "applicant" not in more:
        more["applicant"] = applicant_form.asked(unit_of_work(connection, context), form, request.form)
    page = render_template(
        f"apply_{step}.html",
        **{**_common(context, channel, form, step), **more},
        boxes=forms.boxes(form.service, step, form.fields, language()),
        faults=list(faults),
    )
    return page, 422 if faults else 200


def check_page(
    connection: Connection, context: DeskContext, channel: Channel, form: OpenForm, refused: IssuerError | None = None
) -> ResponseReturnValue:
    """Return the last page before sending: everything once more, what is still wrong and where, which case it is."""
    checked = submitting.check(unit_of_work(connection, context), form.name)
    page = render_template(
        "apply_check.html",
        **_common(context, channel, form, "check"),
        boxes=forms.boxes(form.service, "details", form.fields, language()),
        site=forms.boxes(form.service, "site", form.fields, language()),
        attached=attaching.attached(connection, form.id),
        faults=[(fault, forms.step_of(_asking(connection, context, form), fault)) for fault in checked.faults],
        counts_as=context.office().service(checked.service),
        case=checked.case,
        map=mapping.shown(context, form, {}) if "site" in forms.steps(form.service) else None,
        quote=quoting.of(unit_of_work(connection, context), form.name),
        applicant=applicant_form.masked(connection, context, form.name),
        refused=refused,
    )
    return page, status_of(refused.code) if refused else 200


def _judged(connection: Connection, context: DeskContext, form: OpenForm) -> dict[str, Any]:
    """Return what was said of the documents of a form that came back, by their ids, and which of them are locked."""
    office = context.office()
    found = papers.of(connection, office, form.name, actor=visitor().actor)
    return {"judged": {each.attachment.id: each for each in found.all}, "opened": found.opened, "grounds": office.services.grounds}


def _asking(connection: Connection, context: DeskContext, form: OpenForm) -> Service:
    """Return the form's service with the documents of the one that it counts as: a renewal that came too late is a first issue."""
    checked = submitting.check(unit_of_work(connection, context), form.name)
    return form.service._replace(documents=context.office().service(checked.service).documents)


def _common(context: DeskContext, channel: Channel, form: OpenForm, step: str) -> dict[str, Any]:
    all_ = forms.steps(form.service)
    return {
        "frame": channel.frame,
        "channel": channel,
        "form": form,
        "service": form.service,
        "steps": all_,
        "step": step,
        "place": all_.index(step),
        "authorities": context.authorities(),
    }
