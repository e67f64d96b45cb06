"""Signing in with a mobile number: six digits are sent to it, good for ten minutes and five tries, and only the newest.

Whether a number was here before, nobody learns: the first code that is right makes the citizen.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select, update

from accounts import lockout, sessions
from accounts.errors import AccountError
from accounts.lockout import Limit
from issuer import mobiles
from issuer.messages import notices
from seal.sentences import Language

from .tables import citizens, codes

GOOD_SECONDS = 10 * 60
TRIES = 5
_FREE_CODES = 3  # sent to one number before it has to wait; each costs money and rings a phone
_FREE_HERE = 60  # asked for from one address: mobile networks put many people behind one
_KEPT_SECONDS = 24 * 3600


class Citizen(NamedTuple):
    """Somebody whose mobile number (E.164) was proved."""

    id: int
    mobile: str


def send(engine: Engine, typed: str, *, address: str | None, language: Language, now: int) -> str:
    """Send a code to a number as somebody typed it, and return it in one form (E.164).

    Raises IssuerError `mobile_invalid`; AccountError `wait`.
    """
    mobile = mobiles.parse(typed)
    limits = (Limit("codes", mobile, _FREE_CODES), Limit("codes_from", lockout.of_address(address).value, _FREE_HERE, shared=True))
    with engine.begin() as connection:
        lockout.count(connection, limits, now=now)
    code, salt = f"{secrets.randbelow(1_000_000):06}", secrets.token_bytes(16)
    with engine.begin() as connection:
        connection.execute(codes.delete().where(codes.c.mobile == mobile, codes.c.made_at <= now - _KEPT_SECONDS))
        values = {"mobile": mobile, "salt": salt, "code": _digest(salt, code), "made_at": now, "tries": 0}
        id_ = connection.execute(codes.insert().values(values).returning(codes.c.id)).scalar_one()
        event, expires = f"code/{id_}/{now}", now + GOOD_SECONDS
        notices.enqueue(connection, "sign_in_code", event=event, to=mobile, now=now, language=language, expires=expires, code=code)
    return mobile


def sign_in(engine: Engine, typed: str, code: str, *, address: str | None, now: int, instead_of: str | None = None) -> str:
    """Return the token of a new session. Raises IssuerError `mobile_invalid`; AccountError `code_refused` or `wait`."""
    mobile = mobiles.parse(typed)
    limits = (Limit("code", mobile, TRIES * _FREE_CODES), lockout.of_address(address, free=_FREE_HERE))
    with engine.begin() as connection:
        lockout.count(connection, limits, now=now)
        right = _take(connection, mobile, "".join(code.split()).translate(_WESTERN), now)
    if not right:  # only now, so that the try stays counted
        raise AccountError("code_refused")
    with engine.begin() as connection:
        lockout.succeeded(connection, (*limits, Limit("codes", mobile, _FREE_CODES)))
        return sessions.begin(connection, "citizen", known(connection, mobile, now=now).id, now=now, instead_of=instead_of)


def by_id(connection: Connection, citizen_id: int) -> Citizen | None:
    """Return a citizen, None if there is none."""
    row = connection.execute(select(citizens.c.id, citizens.c.mobile).where(citizens.c.id == citizen_id)).first()
    return Citizen(*row) if row else None


def known(connection: Connection, mobile: str, *, now: int) -> Citizen:
    """Return the citizen of a number (E.164) that was proved, new or not."""
    table = citizens.c
    found = connection.scalar(select(table.id).where(table.mobile == mobile))
    if found is None:
        found = connection.execute(citizens.insert().values(mobile=mobile, since=now).returning(table.id)).scalar_one()
    return Citizen(int(found), mobile)


def _take(connection: Connection, mobile: str, code: str, now: int) -> bool:
    """Whether this is the newest code of the number. It counts the try, and no code is right twice."""
    table = codes.c
    newest = select(codes).where(table.mobile == mobile).order_by(table.id.desc()).limit(1).with_for_update()
    row = connection.execute(newest).first()
    if row is None or row.used_at is not None or row.tries >= TRIES or now - row.made_at >= GOOD_SECONDS:
        return False
    right = hmac.compare_digest(row.code, _digest(row.salt, code))
    connection.execute(update(codes).where(table.id == row.id).values(tries=table.tries + 1, used_at=now if right else None))
    return right


def _digest(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(salt + code[:16].encode("utf-8", "surrogatepass")).digest()


_WESTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
