"""Who is signed in on a device: a person, by password and code, for twelve hours, also without a network.

An inspection is credited to who was signed in at the scan by these rows, whoever's phone brings it and whenever.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, or_, select, update

from accounts import authentication, directory, sessions
from accounts.errors import AccountError
from accounts.roles import Account
from accounts.tables import accounts
from inspections.errors import InspectionError
from storage.database import reading

from .enrolment import may_hold
from .records import Device
from .tables import device_sign_ins, devices

SECONDS = 12 * 3600
TOLERANCE_SECONDS = 600  # of the phone's clock against ours


class SignedIn(NamedTuple):
    """Somebody signed in on a device, until a time (seconds since 1970 UTC)."""

    account: Account
    until: int


def sign_in(engine: Engine, device: Device, token: str, name: str, password: str, code: str, *, address: str | None, now: int) -> SignedIn:
    """Sign somebody in on a device whose bearer `token` it is; whoever was before is signed out.

    Raises AccountError `sign_in_refused`, `code_refused`, `wait`; InspectionError `second_factor_missing`, `officer_refused` (no inspector
    of the device's authority), `device_stopped`.
    """
    if device.state != "active":
        raise InspectionError("device_stopped", device.state)
    half = authentication.with_password(engine, name, password, address=address, now=now, browser=token)
    with reading(engine) as connection:
        account = directory.find(connection, name)
    try:
        if not account.enrolled:
            raise InspectionError("second_factor_missing")
        whole = authentication.with_code(engine, account, code, half=half, address=address, now=now, browser=token)
    except (AccountError, InspectionError):
        with engine.begin() as connection:
            sessions.end(connection, half)
        raise
    with engine.begin() as connection:
        sessions.end(connection, whole)  # a device's sign-in is none of the browser's
        if not may_hold(account, device.authority):
            raise InspectionError("officer_refused", device.authority)
        _end(connection, device, now)
        row = {"device_id": device.id, "account_id": account.id, "begun_at": now, "until": now + SECONDS}
        connection.execute(device_sign_ins.insert().values(row))
    return SignedIn(account, now + SECONDS)


def sign_out(engine: Engine, device: Device, *, now: int) -> None:
    """Sign out whoever is signed in on a device."""
    with engine.begin() as connection:
        _end(connection, device, now)


def of_account(connection: Connection, account_id: int, *, most: int) -> list[tuple[str, int, int]]:
    """Return somebody's newest sign-ins on phones: the phone's name, when it began, until when it counts (seconds since 1970 UTC)."""
    table = device_sign_ins.c
    until = func.coalesce(table.ended_at, table.until)
    query = select(devices.c.name, table.begun_at, until).join(devices, devices.c.id == table.device_id)
    rows = connection.execute(query.where(table.account_id == account_id).order_by(table.id.desc()).limit(most))
    return [(str(name), int(begun), int(end)) for name, begun, end in rows]


def present(connection: Connection, device: Device, *, now: int) -> int:
    """Return the account that is signed in on a device, of nobody the holder's."""
    table = device_sign_ins.c
    mine = table.device_id == device.id, table.ended_at.is_(None), table.begun_at <= now, table.until > now
    open_ = select(table.account_id).join(accounts, accounts.c.id == table.account_id).where(*mine, accounts.c.closed_at.is_(None))
    found = connection.scalar(open_.order_by(table.id.desc()).limit(1))
    return device.holder_id if found is None else found


def credited(connection: Connection, device_id: int, officer: str, scanned_at: int) -> int | None:
    """Return the account of that name if it was signed in on a device at a time, None if not."""
    table = device_sign_ins.c
    query = (
        select(table.account_id)
        .join(accounts, accounts.c.id == table.account_id)
        .where(
            table.device_id == device_id,
            accounts.c.name == officer,
            table.begun_at <= scanned_at + TOLERANCE_SECONDS,
            table.until > scanned_at - TOLERANCE_SECONDS,
            or_(table.ended_at.is_(None), table.ended_at >= scanned_at - TOLERANCE_SECONDS),
            or_(accounts.c.closed_at.is_(None), accounts.c.closed_at >= scanned_at - TOLERANCE_SECONDS),
        )
        .limit(1)
    )
    return connection.scalar(query)


def _end(connection: Connection, device: Device, now: int) -> None:
    table = device_sign_ins.c
    mine = table.device_id == device.id, table.ended_at.is_(None)
    connection.execute(update(device_sign_ins).where(*mine).values(ended_at=now))
