"""One application as its owner and the staff see it: where it stands, what may be done, its bill, papers, license and history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

import qr.write
from accounts.errors import AccountError
from acts.errors import ApprovalError
from issuer.errors import IssuerError
from issuer.intake.texts import skeleton
from objects.errors import ObjectsError
from office.applications import attaching, comparing, documents, receipts, records, repaying, views, workflow
from office.applications.attaching import Upload
from office.applications.errors import DocumentError, Fault
from office.applications.holdings import owning
from office.applications.paperwork import papers
from office.applications.views import Casefile
from office.payments import charging
from office.payments.ledger import Charge
from office.payments.provider import Payer
from office.privacy.reads import About
from office.services.service import Effect
from office.van import records as van
from storage.database import reading

from . import applicant_form, attachments, noting, signing, steps, surrounding
from .attachments import ROW
from .channel import Channel
from .context import DeskContext
from .downloads import Downloadable, downloadable, picture
from .problems import ProblemError, status_of
from .teamwork import panel
from .visitor import unit_of_work, visitor

RECEIPT_MODULE_PX = 6
_OBJECT = "object"  # of the steps, it alone comes with a file


def blueprint(context: DeskContext, channel: Channel) -> Blueprint:
    """Return the routes of one channel's application pages."""
    case = Blueprint(f"{channel.name}_case", __name__, url_prefix=channel.application.rstrip("/"))

    @case.get("/<number>")
    def show(number: str) -> ResponseReturnValue:
        return page(context, channel, number)

    @case.post("/<number>/do/<action>")
    def act(number: str, action: str) -> ResponseReturnValue:
        return _act(context, channel, number, action)

    @case.get(f"/<number>/documents/{ROW}")
    def document(number: str, attachment: int) -> ResponseReturnValue:
        return attachments.document(context, number, attachment)

    @case.get("/<number>/receipt.png")
    def receipt(number: str) -> ResponseReturnValue:
        return _receipt(context, number)

    @case.get("/<number>/license.<any(png, svg, pdf):form>")
    def license_(number: str, form: str) -> ResponseReturnValue:
        found = _license(context, _found(context, number))
        if found is None or not found.in_force:
            raise ProblemError("not_found")
        return picture(context, found, form, request.args.get("size", "A4"))

    if channel.name == "portal":  # at the centre there is a till

        @case.post("/<number>/pay")
        def pay(number: str) -> ResponseReturnValue:
            return _pay(context, channel, number)

    return case


def _act(context: DeskContext, channel: Channel, number: str, action: str) -> ResponseReturnValue:
    """Take a step of an application; what is wrong with it is said beside what was typed."""
    typed, upload = request.form.to_dict(), _upload()
    try:
        click = signing.click(context, number, typed)
        step = steps.parse(action, typed, upload, click=click)
        if upload is not None and action == _OBJECT:  # after what was typed was found right
            step = steps.parse(action, typed, _kept(context, number, upload, reason=typed.get("reason", "")), click=click)
        with context.engine.begin() as connection:
            step(unit_of_work(connection, context), number)
    except steps.StepError as error:
        return page(context, channel, number, action=action, typed=typed, fault=error.fault, upload=upload)
    except ObjectsError as error:
        return page(context, channel, number, action=action, typed=typed, fault=Fault("file", error.code), upload=upload)
    except (AccountError, ApprovalError) as error:  # of whoever signs an approval
        return page(context, channel, number, action=action, typed=typed, fault=Fault("", error.code))
    except IssuerError as error:
        field = "file" if isinstance(error, DocumentError) else "reason" if error.code == "reason_missing" else ""
        fault = Fault(field, error.code, error.detail)
        return page(context, channel, number, action=action, typed=typed, fault=fault, upload=upload)
    return redirect(f"{channel.application}{number}", 303)


def _kept(context: DeskContext, number: str, upload: Upload, *, reason: str) -> Upload:
    """Keep the file that an objection comes with, where who sends it may object now, before the transaction that names it."""
    with context.engine.begin() as connection:
        unit = unit_of_work(connection, context)
        application = records.locked(unit, number)
        records.refuse(unit, application, _OBJECT, reason=reason)
        workflow.objectionable(connection, application)
    return attaching.keep(context.office().store, upload)


def _receipt(context: DeskContext, number: str) -> ResponseReturnValue:
    """Return the picture of the code on an application's receipt."""
    application = _found(context, number)
    if application.receipt is None:
        raise ProblemError("not_found")
    code = qr.write.encode(receipts.text(context.office(), application.receipt))
    return Response(code.png(module_px=RECEIPT_MODULE_PX), mimetype="image/png")


def _upload() -> Upload | None:
    """Return the file that a form came with: a chooser that was left empty sends a file without a name."""
    file = request.files.get("file")
    return Upload(file.read(), file.filename) if file is not None and file.filename else None


def _found(context: DeskContext, number: str) -> Casefile:
    with reading(context.engine) as connection:
        return views.show(connection, context.office(), number, actor=visitor().actor)


def _license(context: DeskContext, application: Casefile) -> Downloadable | None:
    """Return the license that an application led to.

    A citizen sees it as long as it is the one they applied for: once it has passed to somebody else, it is that person's; so is what they
    see by a mobile that is somebody else's by now.
    """
    if application.issued is None:
        return None
    found = downloadable(context, application.issued)
    effect = context.office().service(application.service).effect
    theirs = application.license is not None and skeleton(application.license.holder) == skeleton(found.license.holder)
    if visitor().account or effect == Effect.REVOKE:
        return found
    with reading(context.engine) as connection:
        return found if theirs and not owning.passed_on(connection, found.number, actor=visitor().actor) else None


def page(
    context: DeskContext,
    channel: Channel,
    number: str,
    *,
    action: str = "",
    typed: Mapping[str, str] | None = None,
    fault: Fault | None = None,
    upload: Upload | None = None,
    extra: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """Return the page of an application. `fault` is why the form of `action` did nothing; `extra` is what this answer alone shows."""
    office, actor = context.office(), visitor().actor
    with reading(context.engine) as connection:
        application = views.show(connection, office, number, actor=actor)
        held = papers.of(connection, office, number, actor=actor)
        charge = _charge(connection, application)
        reviewed = _reviewed(connection, context, application) if actor.kind == "staff" else {}
        returnable = _returnable(connection, context, application)
        signature = signing.asked(context, connection, application)
        applicant = applicant_form.masked(connection, context, number)
        about = About("case", application.number, application.authority)
        known = noting.known(connection, context, about)
    if not known:  # before anything of it is shown
        noting.keep(context, about)
    money = {"charge": charge, "returnable": returnable}
    sent = {"action": action, "typed": typed or {}, "fault": fault, "chosen": upload is not None, "most": documents.OCTETS_MAX}
    more: dict[str, Any] = {**reviewed, **money, **sent, **(extra or {})}
    shown = render_template(
        "application.html",
        frame=channel.frame,
        channel=channel,
        application=application,
        service=office.service(application.service),
        authorities=context.authorities(),
        license=_license(context, application),
        activity=context.activity(application.license) if application.license else None,
        activity_named=context.activity_named,
        term=views.term(office, application),
        steps=steps.offered(application),
        papers=held,
        grounds=office.services.grounds,
        signature=signature,
        applicant=applicant,
        electronic=context.provider is not None and channel.name == "portal",
        **more,
    )
    return shown, status_of(fault.code) if fault else 200


def _reviewed(connection: Connection, context: DeskContext, application: Casefile) -> dict[str, Any]:
    """Return what the staff see of a case beside what its owner sees: its neighbours, the map around its site, what it changes."""
    view, path = request.args.get(surrounding.VIEW, ""), f"/centre/applications/{application.number}"
    return {
        "near": views.alike(connection, application.number, actor=visitor().actor),
        "surrounding": surrounding.of_case(connection, context, application, view, path),
        "compared": comparing.compare(connection, context.office(), application),
        **panel.of_case(connection, context, application.number),
        "van": van.of_application(connection, application.number) if application.channel == "centre" else None,
    }


def _returnable(connection: Connection, context: DeskContext, application: Casefile) -> int:
    """Return how many piastres the visitor may give back for an application; none where that is not theirs to do."""
    actor = visitor().actor
    if actor.kind != "staff" or not actor.has(application.authority, *repaying.ROLES):
        return 0
    return repaying.returnable(connection, context.office(), application.number, actor=actor).piastres


def _charge(connection: Connection, application: Casefile) -> Charge | None:
    open_ = next((bill for bill in application.bills if bill.state == "open"), None)
    return charging.of_bill(connection, open_.id) if open_ else None


def _pay(context: DeskContext, channel: Channel, number: str) -> ResponseReturnValue:
    """Ask the provider for a reference to pay by. Pressed twice, it is the same one."""
    application = _found(context, number)
    bill = next((bill for bill in application.bills if bill.state == "open"), None)
    if bill is None or context.provider is None:
        raise ProblemError("not_found")
    try:
        charging.start(context.engine, context.provider, bill.id, payer=Payer(application.mobile), now=context.now())
    except IssuerError as error:
        return page(context, channel, number, action="pay", fault=Fault("", error.code))
    return redirect(f"{channel.application}{number}#bill", 303)
