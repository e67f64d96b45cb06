"""`khatm office requests`: what waits for a second person, and their word on it, from the console. An edge."""

from __future__ import annotations

import click
from sqlalchemy import Engine

from accounts import authentication, directory, sessions
from accounts.errors import SENTENCES as ACCOUNT_SENTENCES
from accounts.errors import AccountError
from accounts.roles import Account
from acts import acting
from acts.errors import ApprovalError
from issuer import approving
from issuer.locations import Locations, location_options
from issuer.refusing import Refusals
from issuer.register import requests
from office import approvals
from storage.database import reading
from web.cells import neutral
from web.moments import now_option

_AS = "In whose name: their password and the code from their phone are asked for."


@click.group("requests", cls=Refusals)
def requests_() -> None:
    """Files and changes that wait for somebody else's approval before they are sealed."""


@requests_.command("list")
@location_options
@click.option("--all", "all_", is_flag=True, help="Also what was decided.")
def list_(locations: Locations, all_: bool) -> None:
    """Show what waits."""
    with locations.engine() as engine, reading(engine) as connection:
        found = requests.listed(connection, open_=True) + (requests.listed(connection, open_=False) if all_ else [])
    for each in found:
        by = f"{each.prepared_by}{f' -> {each.decided_by}' if each.decided_by else ''}"
        click.echo(f"{each.id:>5}  {each.state:<8}  {each.kind:<9}  {neutral(each.subject)}  {neutral(by)}")
    click.echo(f"{len(found)} requests")


@requests_.command()
@click.argument("id", type=int)
@location_options
def show(id: int, locations: Locations) -> None:
    """Show what exactly request ID would do."""
    with locations.engine() as engine, reading(engine) as connection:
        _print(requests.show(connection, id))


@requests_.command()
@click.argument("id", type=int)
@location_options
@click.option("--as", "name", required=True, metavar="ACCOUNT", help=_AS)
@now_option
def approve(id: int, locations: Locations, name: str, now: int) -> None:
    """Approve request ID. Compare its digest with that of `khatm issue --check FILE` on your own copy of the file first.

    Where decisions are signed with passkeys, requests are approved on the desk's pages alone.
    """
    _decide(id, locations, name, approve=True, now=now)


@requests_.command()
@click.argument("id", type=int)
@location_options
@click.option("--as", "name", required=True, metavar="ACCOUNT", help=_AS)
@now_option
def refuse(id: int, locations: Locations, name: str, now: int) -> None:
    """Refuse request ID."""
    _decide(id, locations, name, approve=False, now=now)


def _decide(id: int, locations: Locations, name: str, *, approve: bool, now: int) -> None:
    if approve and locations.signed(locations.trust()) is not None:
        raise ApprovalError("approval_by_passkey")  # here is no authenticator
    with locations.engine() as engine:
        with reading(engine) as connection:
            _print(requests.show(connection, id))
        account = _signed_in(engine, name, now)
        with acting.acting(f"account:{account.name}", "approve" if approve else "refuse"), engine.begin() as connection:
            approvals.decide(connection, id, approve=approve, by=account, now=now)
    click.echo(f"request {id}: {'approved' if approve else 'refused'} by {account.name}")


def _signed_in(engine: Engine, name: str, now: int) -> Account:
    """Return the account of whoever proves to be it, by both factors, as at the desk."""
    password = click.prompt("password / كلمة المرور", hide_input=True, err=True)
    code = click.prompt("code / الرمز", err=True)
    try:
        with acting.acting("visitor:sign-in", "approve"):
            half = authentication.with_password(engine, name, password, address=None, now=now)
            with reading(engine) as connection:
                account = directory.find(connection, name)
            whole = authentication.with_code(engine, account, code, half=half, address=None, now=now)
            with engine.begin() as connection:
                sessions.end(connection, whole)
                found = directory.by_id(connection, account.id)
    except AccountError as error:
        said = ACCOUNT_SENTENCES[error.code]
        raise click.UsageError(f"{error.code}: {said['en']} / {said['ar']}") from error
    if found is None:
        raise click.UsageError("account_unknown")
    return found


def _print(request: requests.Request) -> None:
    who = f"prepared by {neutral(request.prepared_by)}"
    click.echo(f"request {request.id}  {request.state}  {request.kind}  {neutral(request.subject)}  {who}")
    click.echo(f"digest {request.digest.hex()}")
    for line in approving.told(request):
        click.echo(f"  {neutral(line)}")
