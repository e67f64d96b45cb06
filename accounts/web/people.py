"""Accounts of the staff: made by invitation, given roles where the administrator has a say, closed. Nobody changes their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Engine
from werkzeug.exceptions import NotFound

from accounts import administration, confirming, directory, identities
from accounts.errors import AccountError
from accounts.oidc import Provider
from accounts.roles import EVERYWHERE, Account, Role
from storage.database import reading

from . import passkeys

#: Its routes, as a table of access names them.
CHANGES = ("make", "roles", "confirm", "confirm_role", "confirm_identity", "invite", "close", "tie", "untie")
VIEWS = ("list_", "show")


class SignedIn(NamedTuple):
    """A sign-in elsewhere than on these pages, on a phone: where, and from when to when (seconds since 1970 UTC)."""

    where: str
    begun_at: int
    until: int


def _nowhere(_: Connection, __: Account) -> Sequence[SignedIn]:
    return ()


@dataclass(frozen=True, slots=True)
class Host:
    """The program whose people these are. Its templates have what `accounts.web.login` needs."""

    root: str  # the path of these pages
    welcome: str  # the path beneath which invitations are taken up
    engine: Engine
    now: Callable[[], int]  # seconds since 1970 UTC
    account: Callable[[], Account]  # of the request at hand
    offered: Sequence[Role]
    authorities: Callable[[], Mapping[str, Mapping[str, str]]]  # names by code, in both languages
    status_of: Callable[[str], int]  # the HTTP status of a refusal
    provider: Provider | None = None  # whose people may be tied to accounts
    viewers: Sequence[Role] = ()  # who else sees the people of their authorities, and changes nothing
    signed_in: Callable[[Connection, Account], Sequence[SignedIn]] = _nowhere
    passkeys: passkeys.Host | None = None  # where people have passkeys

    def governed(self) -> Sequence[str]:
        """Return the authorities in which whoever asks may give roles, perhaps with `*`."""
        return sorted(administration.governed(self.account(), self.authorities()))

    def sees(self, account: Account) -> bool:
        """Say whether whoever asks is shown an account: those of their authorities; and administrators those that have no role yet."""
        asking = self.account()
        mine = asking.where("administrator", *self.viewers)
        theirs = account.roles.keys() | {each.authority for each in account.waiting}
        if EVERYWHERE in mine or theirs & mine:
            return True
        return not theirs and asking.has("administrator")

    def find(self, connection: Connection, name: str) -> Account:
        """Return an account that whoever asks is shown. Raises AccountError `account_unknown`, as for one that is not there."""
        account = directory.find(connection, name)
        if not self.sees(account):
            raise AccountError("account_unknown")
        return account


def blueprint(host: Host) -> Blueprint:
    """Return the routes."""
    people = Blueprint("people", __name__, url_prefix=host.root, template_folder="templates")

    @people.get("")
    def list_() -> ResponseReturnValue:
        return _list(host)

    @people.post("")
    def make() -> ResponseReturnValue:
        return _make(host)

    @people.get("/<name>")
    def show(name: str) -> ResponseReturnValue:
        return _one(host, name)

    @people.post("/<name>/roles")
    def roles(name: str) -> ResponseReturnValue:
        return _set_roles(host, name)

    @people.post("/<name>/confirm")
    def confirm(name: str) -> ResponseReturnValue:
        return _confirm(host, name)

    @people.post("/<name>/roles/confirm")
    def confirm_role(name: str) -> ResponseReturnValue:
        authority, _, role = request.form.get("given", "")[:64].partition(":")
        return _change(host, name, lambda connection: confirming.role(connection, name, authority, role, by=host.account(), now=host.now()))

    @people.post("/<name>/identity/confirm")
    def confirm_identity(name: str) -> ResponseReturnValue:
        return _of_provider(host, name, confirming.identity)

    @people.post("/<name>/invite")
    def invite(name: str) -> ResponseReturnValue:
        return _change(host, name, lambda connection: administration.invite(connection, name, by=host.account(), now=host.now()))

    @people.post("/<name>/close")
    def close(name: str) -> ResponseReturnValue:
        return _change(host, name, lambda connection: administration.close(connection, name, by=host.account(), now=host.now()))

    @people.post("/<name>/tie")
    def tie(name: str) -> ResponseReturnValue:
        return _of_provider(host, name, identities.tie)

    @people.post("/<name>/untie")
    def untie(name: str) -> ResponseReturnValue:
        return _of_provider(host, name, identities.untie)

    if host.passkeys is not None:
        passkeys.others(people, host.passkeys, host.find, lambda name, **told: _one(host, name, **told))
    return people


def _of_provider(host: Host, name: str, change: Callable[..., None]) -> ResponseReturnValue:
    """Tie a person of our provider to an account, or take that away."""
    if host.provider is None:
        raise NotFound
    issuer, subject = host.provider.settings.issuer, request.form.get("subject", "")[: identities.SUBJECT_MAX + 1]
    return _change(host, name, lambda connection: change(connection, name, issuer, subject, by=host.account(), now=host.now()))


def _make(host: Host) -> ResponseReturnValue:
    """Make an account, and show its invitation once."""
    name, display = request.form.get("name", "")[:64], request.form.get("display", "")[:200]
    try:
        with host.engine.begin() as connection:
            account, invitation = administration.make(connection, name, display, by=host.account(), now=host.now())
    except AccountError as error:
        return _list(host, error.code)
    return _one(host, account.name, invitation=invitation)


def _set_roles(host: Host, name: str) -> ResponseReturnValue:
    """Give an account exactly the roles that are ticked."""
    wanted = request.form.getlist("role")
    pairs = [(authority, role) for authority, _, role in (each.partition(" ") for each in wanted)]
    known = sorted(host.authorities())
    try:
        with host.engine.begin() as connection:
            host.find(connection, name)
            by = host.account()
            administration.set_roles(connection, name, pairs, offered=host.offered, authorities=known, by=by, now=host.now())
            still = host.sees(directory.find(connection, name))
    except AccountError as error:
        return _one(host, name, code=error.code, wanted=wanted)
    return _one(host, name, done=True) if still else redirect(host.root, 303)  # it is another authority's now


def _confirm(host: Host, name: str) -> ResponseReturnValue:
    """Confirm whoever enrolled, by what they tell."""
    try:
        with reading(host.engine) as connection:
            host.find(connection, name)
        confirming.person(host.engine, name, request.form.get("enrolment", "")[:64], by=host.account(), now=host.now())
    except AccountError as error:
        return _one(host, name, code=error.code)
    return _one(host, name, done=True)


def _change(host: Host, name: str, change: Callable[[Connection], str | None]) -> ResponseReturnValue:
    """Change an account and show it: with the invitation that `change` returns, or as changed."""
    try:
        with host.engine.begin() as connection:
            host.find(connection, name)
            invitation = change(connection)
    except AccountError as error:
        return _one(host, name, code=error.code)
    return _one(host, name, invitation=invitation or "", done=invitation is None)


def _list(host: Host, code: str = "") -> ResponseReturnValue:
    with reading(host.engine) as connection:
        found = [account for account in directory.everyone(connection) if host.sees(account)]
    governs = host.account().has("administrator")
    told = {"accounts": found, "authorities": host.authorities(), "code": code, "typed": request.form, "governs": governs}
    return render_template("people.html", people_root=host.root, **told), host.status_of(code) if code else 200


def _one(
    host: Host, name: str, *, code: str = "", invitation: str = "", done: bool = False, wanted: Sequence[str] | None = None
) -> ResponseReturnValue:
    """Return an account's page. `wanted` are the roles of a form that was refused, as `AUTHORITY role`."""
    with reading(host.engine) as connection:
        account = host.find(connection, name)
        events = directory.history(connection, account.id)
        signed_in = host.signed_in(connection, account)
        issuer = host.provider.settings.issuer if host.provider else ""
        tied = [each for each in identities.of_account(connection, account.id) if each.issuer == issuer]
        keys = passkeys.told(host.passkeys, connection, account) if host.passkeys else {}
    held = {f"{authority} {role}" for authority, each in account.roles.items() for role in each}
    held |= {f"{each.authority} {each.role}" for each in account.waiting}
    asking = host.account()
    mine = {each for each in account.waiting if confirming.may_confirm_role(asking, account, each.authority, each.granted_by)}
    page = render_template(
        "person.html",
        people_root=host.root,
        account=account,
        events=events,
        signed_in=signed_in,
        tied=tied,
        provider=host.provider.settings.name if host.provider else None,
        governed=host.governed() if asking.has("administrator") else (),
        governs=administration.governs(asking, account),
        asking=asking,
        confirms=confirming.may_confirm_person(asking, account),
        confirmable=mine,
        roles=host.offered,
        ticked=held if wanted is None else set(wanted),
        authorities=host.authorities(),
        code=code,
        done=done,
        **keys,
        invitation=f"{request.host_url.rstrip('/')}{host.welcome}/{invitation}" if invitation else "",
    )
    return page, host.status_of(code) if code else 200
