"""Who may approve what is sealed in bulk or changed by command, and that they did: in the name of their account."""

from __future__ import annotations

from sqlalchemy import Connection

from accounts import directory
from accounts.roles import EVERYWHERE, Account, Role
from issuer.errors import IssuerError
from issuer.register import requests
from issuer.register.requests import Request

#: Who may approve: whoever has one of these roles in every authority that a request is about.
APPROVERS: tuple[Role, ...] = ("reviewer", "administrator")
#: What comes after a loss concerns the whole house: a second administrator's word.
_ADMINISTRATORS = ("recover", "adopt")


def somebody_may(connection: Connection) -> bool:
    """Say whether anybody in the register may approve anything: as long as nobody may, one person does without (`--alone`)."""
    return any(each.has(*APPROVERS) for each in directory.everyone(connection) if not each.closed and each.confirmed)


def may(account: Account, request: Request) -> bool:
    """Say whether this person may decide on a request: for every authority in it, and for all where it names none."""
    return all(any(account.may(role, each) for role in roles_for(request)) for each in request.authorities or (EVERYWHERE,))


def roles_for(request: Request) -> tuple[Role, ...]:
    """Return the roles of whoever may decide on a request."""
    return ("administrator",) if request.kind in _ADMINISTRATORS else APPROVERS


def listed(connection: Connection, account: Account, *, open_: bool) -> list[Request]:
    """Return the requests that an account may decide on, as `requests.listed` does."""
    return [each for each in requests.listed(connection, open_=open_) if may(account, each)]


def show(connection: Connection, id: int, account: Account) -> Request:
    """Return a request. Raises IssuerError `request_unknown`, also for one that is not the account's to see."""
    found = requests.show(connection, id)
    if not may(account, found):
        raise IssuerError("request_unknown", str(id))
    return found


def decide(connection: Connection, id: int, *, approve: bool, by: Account, now: int) -> None:
    """Approve or refuse a request, in the caller's transaction. Raises IssuerError as `show` and `requests.decide` do."""
    show(connection, id, by)
    requests.decide(connection, id, approve=approve, by=f"{requests.DESK}{by.name}", now=now)
