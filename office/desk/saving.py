"""A step of a form that was sent: kept as typed, then led on to where the pressed button says."""

from __future__ import annotations

from flask import redirect, request
from flask.typing import ResponseReturnValue

from office.applications import drafts, submitting
from office.applications.errors import Fault
from office.applications.judging import TYPED_MAX
from storage.database import reading

from . import applicant_form, forms, mapping, streetsearch
from .channel import Channel
from .context import DeskContext
from .formpages import step_page
from .openforms import OpenForm, open_form
from .problems import ProblemError
from .visitor import choose_language, unit_of_work, visitor


def keep(context: DeskContext, channel: Channel, name: str, step: str) -> ResponseReturnValue:
    """Keep a step, then do what the pressed button says: look at the map, go to another step, leave, go on if nothing is wrong."""
    office, actor = context.office(), visitor().actor
    with context.engine.begin() as connection:
        form = open_form(connection, office, name, actor=actor)
        if step not in forms.steps(form.service):
            raise ProblemError("not_found")
        typed = _typed(context, form, step)
        form = form._replace(fields={**form.fields, **typed})
        long = [Fault(code, "field_too_long") for code, text in typed.items() if len(text) > TYPED_MAX]
        if long := [*long, *applicant_form.long(step, request.form)]:
            return step_page(connection, context, channel, form, step, long)
        drafts.update_fields(unit_of_work(connection, context), name, typed)
        applicant_form.keep(unit_of_work(connection, context), name, step, request.form)
    return _led_on(context, channel, form, step, f"{channel.forms}/{name}")


def _typed(context: DeskContext, form: OpenForm, step: str) -> dict[str, str]:
    """Return what the step's fields say, by code; at the site's, a click on the map says where it is."""
    typed = forms.read(form.service, step, request.form)
    if step == "site":
        typed |= mapping.clicked(context, form._replace(fields={**form.fields, **typed}), request.form)
    return typed


def _led_on(context: DeskContext, channel: Channel, form: OpenForm, step: str, here: str) -> ResponseReturnValue:
    """Go where the pressed button leads. `here` is the form's address."""
    sent, all_ = request.form, forms.steps(form.service)
    if "lang" in sent:
        return choose_language(redirect(f"{here}/{step}", 303), context, sent["lang"])  # type: ignore[arg-type]
    go = sent.get("go", "stay" if mapping.asked(sent) else "next")
    if go == "enter":  # a street's name that was just typed is looked for; else Enter goes on
        go = "stay" if streetsearch.asked(sent) else "next"
    if go == "leave":
        return redirect(channel.home, 303)
    if go in all_:
        return redirect(f"{here}/{go}", 303)
    if go == "back":
        return redirect(f"{here}/{all_[max(all_.index(step) - 1, 0)]}", 303)
    if go == "stay":
        return redirect(f"{here}/{step}?{mapping.query(context, form, sent)}#map", 303)
    return _next(context, channel, form, step, here)


def _next(context: DeskContext, channel: Channel, form: OpenForm, step: str, here: str) -> ResponseReturnValue:
    """Go on to the next step, or say what is still wrong with this one."""
    office, actor, all_ = context.office(), visitor().actor, forms.steps(form.service)
    with reading(context.engine) as connection:
        checked = submitting.check(unit_of_work(connection, context), form.name)
        asked = form.service._replace(documents=office.service(checked.service).documents)
        if faults := forms.of_step(asked, step, checked.faults):
            return step_page(connection, context, channel, open_form(connection, office, form.name, actor=actor), step, faults)
    return redirect(f"{here}/{all_[all_.index(step) + 1]}", 303)
