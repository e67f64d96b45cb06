"""Enrolment of a laptop: a code that a manager shows makes its key known, once and within ten minutes.

The laptop proves that it has the key by signing the request with it, as inspectors' phones do (docs/format.md §15.1). Sent again after a
lost answer, by the same key and within the same ten minutes, it is the same enrolment and gets a new token.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select, update

from accounts import directory, tokens
from accounts.roles import Account
from seal.device import Enrolment, kid_of
from seal.trust import coordinates

from . import records
from .errors import VanError
from .records import Device
from .tables import codes, devices

CODE_SECONDS = 600
NAME_MAX = 100
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, as seal.device takes them
_LENGTH = 10


def make_code(connection: Connection, holder: Account, authority: str, name: str, *, by: str, now: int) -> str:
    """Return a code that enrols one laptop for `holder`, a clerk of `authority`. `name` is what people call it.

    Raises VanError `van_holder_refused` (no clerk there, or closed), `van_name_invalid`.
    """
    named = " ".join(name.split()) or holder.display
    if len(named) > NAME_MAX or not named.isprintable():
        raise VanError("van_name_invalid")
    if holder.closed or not holder.may("clerk", authority):
        raise VanError("van_holder_refused")
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    row = {"code": tokens.digest(code), "authority": authority, "holder_id": holder.id, "name": named, "made_by": by}
    connection.execute(codes.insert().values(**row, until=now + CODE_SECONDS))
    return code


def written(code: str) -> str:
    """Return a code as people read it: 5-5."""
    return f"{code[:5]}-{code[5:]}"


def enrol(connection: Connection, wanted: Enrolment, *, now: int) -> tuple[Device, str]:
    """Make a laptop known and return it with its token.

    Raises VanError `van_code_unknown`, `van_code_expired`, `van_code_used`, `van_device_known`, `van_holder_refused`.
    """
    kid, table = kid_of(wanted.key), codes.c
    row = connection.execute(select(codes).where(table.code == tokens.digest(wanted.code)).with_for_update()).first()
    if row is None:
        raise VanError("van_code_unknown")
    if row.until <= now:
        raise VanError("van_code_used" if row.used_at is not None else "van_code_expired")
    known = connection.scalar(select(devices.c.id).where(devices.c.kid == kid))
    if row.used_at is not None and (known is None or known != row.device_id):
        raise VanError("van_code_used")
    if row.used_at is None and known is not None:
        raise VanError("van_device_known")
    token = tokens.new()
    if known is not None:
        connection.execute(update(devices).where(devices.c.id == known).values(token=tokens.digest(token)))
        return records.device(connection, known), token
    holder = directory.by_id(connection, row.holder_id)
    if holder is None or not holder.may("clerk", row.authority):  # closed, or no clerk any more, since the code was made
        raise VanError("van_holder_refused")
    owned = {"authority": row.authority, "holder": holder.name, "holder_id": holder.id, "name": row.name}
    standing = {"state": "active", "state_at": now, "enrolled_at": now, "contact_at": now, "behind_s": 0, "head_sequence": 0}
    key = {"kid": kid, "key": b"".join(coordinates(wanted.key)), "token": tokens.digest(token)}
    new = connection.execute(devices.insert().values(**owned, **standing, **key).returning(devices.c.id)).scalar_one()
    connection.execute(update(codes).where(table.id == row.id).values(used_at=now, device_id=new))
    records.note(connection, new, "enrolled", by=row.made_by, now=now, detail=wanted.app)
    return records.device(connection, new), token
