"""What a citizen holds: their licenses by what needs doing, each with its code, its paper, its pass for a wallet and its renewal."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applications.holdings import listing, renewing
from office.applications.holdings.records import Holding, Renewal
from office.desk.channel import PORTAL
from office.desk.context import DeskContext
from office.desk.downloads import Downloadable, downloadable, picture
from office.desk.problems import ProblemError, status_of
from office.desk.replicas import looking
from office.desk.visitor import language, unit_of_work, visitor
from office.services.state_machine import State
from office.wallets import apple
from office.wallets.card import Card
from seal import days, wire
from storage.database import reading
from web.downloads import download
from web.origin import foreign

ROOT = "/licenses"


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes. All are a citizen's own: another's license is as one that is not there."""
    holdings = Blueprint("holdings", __name__, url_prefix=ROOT)

    @holdings.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @holdings.get("/<number>")
    def show(number: str) -> ResponseReturnValue:
        return _page(context, _held(context, number))

    @holdings.post("/<number>/renew")
    def renew(number: str) -> ResponseReturnValue:
        return _renew(context, number)

    _files(holdings, context)
    return holdings


def _files(holdings: Blueprint, context: DeskContext) -> None:
    """Add the routes of a license's code, paper and passes: of one that is in force, as anywhere else."""

    @holdings.get("/<number>/license.<any(png, svg, pdf):form>")
    def file(number: str, form: str) -> ResponseReturnValue:
        found = _license(context, number)
        if not found.in_force:
            raise ProblemError("not_found")
        return picture(context, found, form, request.args.get("size", "A4"))

    @holdings.get("/<number>/license.pkpass")
    def pass_(number: str) -> Response:
        card, wallet = _card(context, number), context.wallets.apple
        if card is None or wallet is None or not wallet.usable(context.now()):
            raise ProblemError("not_found")
        return download(wallet.pass_of(card), apple.MEDIA, f"{card.number}.pkpass")

    @holdings.get("/<number>/google-wallet")
    def save(number: str) -> ResponseReturnValue:
        card, wallet = _card(context, number), context.wallets.google
        if card is None or wallet is None:
            raise ProblemError("not_found")
        if foreign():  # another site's page does not send somebody's license to Google: they press the button themselves
            return redirect(f"{ROOT}/{card.number}#wallet", 303)
        return redirect(wallet.link(card, language(), now=context.now()), 303)


def _list(context: DeskContext) -> ResponseReturnValue:
    after = request.args.get("after", "")
    office, today = context.office(), days.day_of(context.now())
    with looking(context) as connection:
        page = listing.mine(connection, office, actor=visitor().actor, today=today, after=after)
    return render_template("portal_licenses.html", page=page, services=office.services, form_of=_form_of)


def _held(context: DeskContext, number: str) -> Holding:
    """Return a license of whoever asks. Raises IssuerError `number_unknown`."""
    with reading(context.engine) as connection:
        return listing.find(connection, context.office(), number, actor=visitor().actor)


def _license(context: DeskContext, number: str) -> Downloadable:
    return downloadable(context, _held(context, number).number)


def _page(context: DeskContext, held: Holding, refused: IssuerError | None = None) -> ResponseReturnValue:
    license_ = downloadable(context, held.number)
    offered, wallets = _carried(context, license_), context.wallets
    page = render_template(
        "portal_license.html",
        held=held,
        license=license_,
        text=wire.write(license_.message, context.office().host),
        activity=context.activity(license_.license),
        services=context.office().services,
        form_of=_form_of,
        apple=offered and wallets.apple is not None and wallets.apple.usable(context.now()),
        google=offered and wallets.google is not None,
        refused=refused,
    )
    return page, status_of(refused.code) if refused else 200


def _renew(context: DeskContext, number: str) -> ResponseReturnValue:
    """Begin a renewal, or go on with the one that was begun."""
    try:
        with context.engine.begin() as connection:
            renewal = renewing.begin(unit_of_work(connection, context), number)
    except IssuerError as error:
        if error.code == "number_unknown":
            raise
        return _page(context, _held(context, number), error)
    return redirect(_form_of(renewal), 303)


def _form_of(renewal: Renewal) -> str:
    """Return where one goes on with a renewal: before sending, the page that shows all of it with fee and term."""
    if renewal.state in (State.DRAFT, State.RETURNED):
        return f"{PORTAL.forms}/{renewal.name}/check"
    return f"{PORTAL.application}{renewal.name}"


def _carried(context: DeskContext, license_: Downloadable) -> bool:
    """Say whether a pass is made of a license: of one in force whose term is not over."""
    last_day = license_.license.last_day
    return license_.in_force and (last_day is None or last_day >= days.day_of(context.now()))


def _card(context: DeskContext, number: str) -> Card | None:
    """Return what a pass says of a license, None where none is made. Raises IssuerError `number_unknown`."""
    found = _license(context, number)
    if not _carried(context, found):
        return None
    office, held = context.office(), found.license
    return Card(
        found.number,
        found.edition,
        wire.write(found.message, office.host),
        held.trade_name,
        held.holder,
        held.address,
        office.services.types[held.type],
        context.activity(held),
        context.authorities()[held.authority],
        context.trust().governorate.name,
        held.site.point.latitude,
        held.site.point.longitude,
        held.first_day,
        held.last_day,
    )
