"""Enrolment: a code on a screen makes a phone's key known, once and within ten minutes.

The phone proves that it has the key by signing the request with it (docs/format.md §15.1). Sent again after a lost answer, by the same
key and within the same ten minutes, it is the same enrolment and gets a new token.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection, Row, select, update

from accounts import tokens
from accounts.roles import Account
from inspections.errors import InspectionError
from seal.chain import Head
from seal.device import Enrolment, kid_of
from seal.trust import coordinates

from . import records
from .records import Device
from .tables import devices, enrolment_codes

CODE_SECONDS = 600
NAME_MAX = 100
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, as seal.device takes them
_LENGTH = 10


def make_code(connection: Connection, holder: Account, authority: str, name: str, *, beside: bool = False, by: str, now: int) -> str:
    """Return a code that enrols a phone for `holder` in `authority`; their other devices there are closed by it, unless `beside`.

    `name` is what people call the device, else the holder's name. Raises InspectionError `holder_refused` (no inspector there, or closed),
    `device_name_invalid`.
    """
    named = " ".join(name.split()) or holder.display
    if len(named) > NAME_MAX or not named.isprintable():
        raise InspectionError("device_name_invalid")
    if holder.closed or not may_hold(holder, authority):
        raise InspectionError("holder_refused", f"{holder.name} {authority}")
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    connection.execute(
        enrolment_codes.insert().values(
            code=tokens.digest(code),
            authority=authority,
            holder_id=holder.id,
            name=named,
            beside=beside,
            made_by=by,
            made_at=now,
            until=now + CODE_SECONDS,
        )
    )
    return code


def may_hold(account: Account, authority: str) -> bool:
    """Say whether somebody may hold a device of an authority, and sign in on one."""
    return any(account.may(role, authority) for role in ("inspector", "supervisor"))


def written(code: str) -> str:
    """Return a code as people read it: 5-5."""
    return f"{code[:5]}-{code[5:]}"


def picture_text(code: str, address: str) -> str:
    """Return the text of the QR code that a phone enrols by at the server of that address (https://host)."""
    return f"KHATM-ENROL:1:{address}:{code}"


def enrol(connection: Connection, wanted: Enrolment, *, now: int) -> tuple[Device, str]:
    """Make a device known and return it with its token.

    Raises InspectionError `code_unknown`, `code_expired`, `code_used`, `device_known` (its key is).
    """
    kid = kid_of(wanted.key)
    row = _code(connection, wanted.code, now)
    again = _enrolled_by(connection, row, kid)
    if row.used_at is not None and again is None:
        raise InspectionError("code_used")
    if again is None and connection.scalar(select(devices.c.id).where(devices.c.kid == kid)) is not None:
        raise InspectionError("device_known")
    token = tokens.new()
    if again is not None:
        connection.execute(update(devices).where(devices.c.id == again).values(token=tokens.digest(token)))
    else:
        _make(connection, row, wanted, kid, token, now)
    return records.by_kid(connection, kid), token


def _code(connection: Connection, code: str, now: int) -> Row[Any]:
    """Return the row of a code that still counts, and let no other transaction use it meanwhile."""
    table = enrolment_codes.c
    query = select(enrolment_codes).where(table.code == tokens.digest(code)).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise InspectionError("code_unknown")
    if row.until <= now:
        raise InspectionError("code_used" if row.used_at is not None else "code_expired")
    return row


def _enrolled_by(connection: Connection, code: Row[Any], kid: bytes) -> int | None:
    query = select(devices.c.id).where(devices.c.id == code.device_id, devices.c.kid == kid)
    return connection.scalar(query) if code.device_id is not None else None


def _make(connection: Connection, code: Row[Any], wanted: Enrolment, kid: bytes, token: str, now: int) -> None:
    key = b"".join(coordinates(wanted.key))
    standing = {"state": "active", "state_at": now, "enrolled_at": now, "contact_at": now, "unsent": 0}
    chain = {"told_sequence": 0, "head_sequence": Head(kid).sequence}
    owned = {"authority": code.authority, "holder_id": code.holder_id, "name": code.name, "token": tokens.digest(token)}
    made = devices.insert().values(kid=kid, key=key, app=wanted.app, protocol=wanted.protocol, **owned, **standing, **chain)
    new = connection.execute(made.returning(devices.c.id)).scalar_one()
    connection.execute(update(enrolment_codes).where(enrolment_codes.c.id == code.id).values(used_at=now, device_id=new))
    records.note(connection, new, "enrolled", by=code.made_by, now=now, detail=wanted.app)
    if not code.beside:
        _replace(connection, code, new, now)


def _replace(connection: Connection, code: Row[Any], new: int, now: int) -> None:
    """Close the chains of the holder's other devices there: they stay to be seen, and what they sign from now on is set apart.

    A lost device stays lost; it is only said what came in its place.
    """
    table = devices.c
    others = select(table.id, table.state).where(
        table.holder_id == code.holder_id, table.authority == code.authority, table.id != new, table.successor_id.is_(None)
    )
    for other in connection.execute(others).all():
        values: dict[str, object] = {"successor_id": new}
        if other.state != "lost":
            values |= {"state": "replaced", "state_at": now}
        connection.execute(update(devices).where(table.id == other.id).values(values))
        records.note(connection, other.id, "replaced", by=code.made_by, now=now)
