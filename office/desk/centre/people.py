"""Accounts of the staff: made by invitation, given roles where the administrator has a say, closed. Nobody changes their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts import administration, directory
from accounts.errors import AccountError
from accounts.roles import EVERYWHERE, OFFICE_ROLES, Account
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.visitor import staff
from storage.database import reading


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    people = Blueprint("people", __name__, url_prefix="/centre/people")

    @people.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @people.post("")
    def make() -> ResponseReturnValue:
        return _make(context)

    @people.get("/<name>")
    def show(name: str) -> ResponseReturnValue:
        return _one(context, name)

    @people.post("/<name>/roles")
    def roles(name: str) -> ResponseReturnValue:
        return _set_roles(context, name)

    @people.post("/<name>/invite")
    def invite(name: str) -> ResponseReturnValue:
        return _change(context, name, lambda connection: administration.invite(connection, name, by=staff(), now=context.now()))

    @people.post("/<name>/close")
    def close(name: str) -> ResponseReturnValue:
        return _change(context, name, lambda connection: administration.close(connection, name, by=staff(), now=context.now()))

    return people


def _make(context: DeskContext) -> ResponseReturnValue:
    """Make an account, and show its invitation once."""
    name, display = request.form.get("name", "")[:64], request.form.get("display", "")[:200]
    try:
        with context.engine.begin() as connection:
            account, invitation = administration.make(connection, name, display, by=staff(), now=context.now())
    except AccountError as error:
        return _list(context, error.code)
    return _one(context, account.name, invitation=invitation)


def _set_roles(context: DeskContext, name: str) -> ResponseReturnValue:
    """Give an account exactly the roles that are ticked."""
    wanted = request.form.getlist("role")
    pairs = [(authority, role) for authority, _, role in (each.partition(" ") for each in wanted)]
    known = sorted(context.office().authorities)
    try:
        with context.engine.begin() as connection:
            _account(connection, context, name)
            administration.set_roles(connection, name, pairs, offered=OFFICE_ROLES, authorities=known, by=staff(), now=context.now())
            still = _seen(context, directory.find(connection, name))
    except AccountError as error:
        return _one(context, name, code=error.code, wanted=wanted)
    return _one(context, name, done=True) if still else redirect("/centre/people", 303)  # it is another authority's now


def _change(context: DeskContext, name: str, change: Callable[[Connection], str | None]) -> ResponseReturnValue:
    """Change an account and show it: with the invitation that `change` returns, or as changed."""
    try:
        with context.engine.begin() as connection:
            _account(connection, context, name)
            invitation = change(connection)
    except AccountError as error:
        return _one(context, name, code=error.code)
    return _one(context, name, invitation=invitation or "", done=invitation is None)


def _governed(context: DeskContext) -> Sequence[str]:
    return sorted(administration.governed(staff(), context.office().authorities))


def _seen(context: DeskContext, account: Account) -> bool:
    """Whether an administrator is shown an account: those of their authorities, and those that have no role yet."""
    mine = _governed(context)
    return EVERYWHERE in mine or not account.roles or any(authority in mine for authority in account.roles)


def _list(context: DeskContext, code: str = "") -> ResponseReturnValue:
    with reading(context.engine) as connection:
        found = [account for account in directory.everyone(connection) if _seen(context, account)]
    page = render_template("centre_people.html", accounts=found, authorities=context.authorities(), code=code, typed=request.form)
    return page, status_of(code) if code else 200


def _one(
    context: DeskContext, name: str, *, code: str = "", invitation: str = "", done: bool = False, wanted: Sequence[str] | None = None
) -> ResponseReturnValue:
    """Return an account's page. `wanted` are the roles of a form that was refused, as `AUTHORITY role`."""
    with reading(context.engine) as connection:
        account = _account(connection, context, name)
        events = directory.history(connection, account.id)
    held = {f"{authority} {role}" for authority, each in account.roles.items() for role in each}
    page = render_template(
        "centre_person.html",
        account=account,
        events=events,
        governed=_governed(context),
        governs=administration.governs(staff(), account),
        roles=OFFICE_ROLES,
        ticked=held if wanted is None else set(wanted),
        authorities=context.authorities(),
        code=code,
        done=done,
        invitation=f"{request.host_url}centre/welcome/{invitation}" if invitation else "",
    )
    return page, status_of(code) if code else 200


def _account(connection: Connection, context: DeskContext, name: str) -> Account:
    """Return an account that the administrator is shown. Raises AccountError `account_unknown`, as for one that is not there."""
    account = directory.find(connection, name)
    if not _seen(context, account):
        raise AccountError("account_unknown")
    return account
