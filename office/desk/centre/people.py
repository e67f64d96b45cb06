"""Accounts of the staff: made by invitation, given roles where the administrator has a say, closed. Nobody changes their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts import administration, directory
from accounts.errors import AccountError
from accounts.roles import EVERYWHERE, ROLES, Account
from office.desk.bureau import Bureau
from office.desk.problems import status_of
from office.desk.visitor import staff
from storage.database import reading


def blueprint(bureau: Bureau) -> Blueprint:
    """Return the routes."""
    people = Blueprint("people", __name__, url_prefix="/centre/people")

    @people.get("")
    def list_() -> ResponseReturnValue:
        return _list(bureau)

    @people.post("")
    def make() -> ResponseReturnValue:
        name, display = request.form.get("name", "")[:64], request.form.get("display", "")[:200]
        try:
            with bureau.engine.begin() as connection:
                account, invitation = administration.make(connection, name, display, by=staff(), now=bureau.now())
        except AccountError as error:
            return _list(bureau, error.code)
        return _one(bureau, account.name, invitation=invitation)

    @people.get("/<name>")
    def show(name: str) -> ResponseReturnValue:
        return _one(bureau, name)

    @people.post("/<name>/roles")
    def roles(name: str) -> ResponseReturnValue:
        wanted = request.form.getlist("role")
        pairs = [(authority, role) for authority, _, role in (each.partition(" ") for each in wanted)]
        known = sorted(bureau.office().authorities)
        try:
            with bureau.engine.begin() as connection:
                _account(connection, bureau, name)
                administration.set_roles(connection, name, pairs, authorities=known, by=staff(), now=bureau.now())
                still = _seen(bureau, directory.find(connection, name))
        except AccountError as error:
            return _one(bureau, name, code=error.code, wanted=wanted)
        return _one(bureau, name, done=True) if still else redirect("/centre/people", 303)  # it is another authority's now

    @people.post("/<name>/invite")
    def invite(name: str) -> ResponseReturnValue:
        return _change(bureau, name, lambda connection: administration.invite(connection, name, by=staff(), now=bureau.now()))

    @people.post("/<name>/close")
    def close(name: str) -> ResponseReturnValue:
        return _change(bureau, name, lambda connection: administration.close(connection, name, by=staff(), now=bureau.now()))

    return people


def _change(bureau: Bureau, name: str, change: Callable[[Connection], str | None]) -> ResponseReturnValue:
    """Change an account and show it: with the invitation that `change` returns, or as changed."""
    try:
        with bureau.engine.begin() as connection:
            _account(connection, bureau, name)
            invitation = change(connection)
    except AccountError as error:
        return _one(bureau, name, code=error.code)
    return _one(bureau, name, invitation=invitation or "", done=invitation is None)


def _governed(bureau: Bureau) -> Sequence[str]:
    return sorted(administration.governed(staff(), bureau.office().authorities))


def _seen(bureau: Bureau, account: Account) -> bool:
    """Whether an administrator is shown an account: those of their authorities, and those that have no role yet."""
    mine = _governed(bureau)
    return EVERYWHERE in mine or not account.roles or any(authority in mine for authority in account.roles)


def _list(bureau: Bureau, code: str = "") -> ResponseReturnValue:
    with reading(bureau.engine) as connection:
        found = [account for account in directory.everyone(connection) if _seen(bureau, account)]
    page = render_template("centre_people.html", accounts=found, authorities=bureau.authorities(), code=code, typed=request.form)
    return page, status_of(code) if code else 200


def _one(
    bureau: Bureau, name: str, *, code: str = "", invitation: str = "", done: bool = False, wanted: Sequence[str] | None = None
) -> ResponseReturnValue:
    """Return an account's page. `wanted` are the roles of a form that was refused, as `AUTHORITY role`."""
    with reading(bureau.engine) as connection:
        account = _account(connection, bureau, name)
        events = directory.history(connection, account.id)
    held = {f"{authority} {role}" for authority, each in account.roles.items() for role in each}
    page = render_template(
        "centre_person.html",
        account=account,
        events=events,
        governed=_governed(bureau),
        governs=administration.governs(staff(), account),
        roles=ROLES,
        ticked=held if wanted is None else set(wanted),
        authorities=bureau.authorities(),
        code=code,
        done=done,
        invitation=f"{request.host_url}centre/welcome/{invitation}" if invitation else "",
    )
    return page, status_of(code) if code else 200


def _account(connection: Connection, bureau: Bureau, name: str) -> Account:
    """Return an account that the administrator is shown. Raises AccountError `account_unknown`, as for one that is not there."""
    account = directory.find(connection, name)
    if not _seen(bureau, account):
        raise AccountError("account_unknown")
    return account
