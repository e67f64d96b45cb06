"""Signing in with a mobile number: six digits are sent to it, good for ten minutes and five tries, and only the newest.

A code is good in the browser that asked for it alone: so nobody else uses up its tries, or makes it an old one (ADR 31). Whether a number
was here before, nobody learns: the first code that is right makes the citizen.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select, update

from accounts import devices, lockout, sessions, tokens
from accounts.errors import AccountError
from accounts.lockout import Limit
from accounts.second_factor import WESTERN
from office import mobiles
from office.messages import notices
from seal.catalogue import Language
from storage.once import insert_once

from .tables import citizens, codes

GOOD_SECONDS = 10 * 60
TRIES = 5
_FREE_CODES = 3  # asked for from one place to one number before it has to wait; each costs money and rings a phone
_FREE_TO_NUMBER, _NUMBER_EASES = 10, 600  # to one number by all strangers together; one that waits as told never fills it
_FREE_HERE, _HERE_EASES = 60, 60  # by strangers from one address who did not sign in after all: mobile networks put many people behind one
KEPT_SECONDS = 24 * 3600


class Citizen(NamedTuple):
    """Somebody whose mobile number (E.164) was proved."""

    id: int
    mobile: str


def send(engine: Engine, typed: str, *, address: str | None, language: Language, now: int, browser: str) -> str:
    """Send a code to a number as somebody typed it, and return it in one form (E.164). It is good in `browser` alone (its own token).

    Raises IssuerError `mobile_invalid`; AccountError `wait`.
    """
    mobile = mobiles.parse(typed)
    with engine.begin() as connection:
        lockout.count(connection, _sending(connection, mobile, address, browser, now), now=now)
    code, salt = f"{secrets.randbelow(1_000_000):06}", secrets.token_bytes(16)
    with engine.begin() as connection:
        values = {"mobile": mobile, "salt": salt, "code": _digest(salt, code), "made_at": now, "tries": 0}
        values["browser"] = tokens.digest(browser)
        id_ = connection.execute(codes.insert().values(values).returning(codes.c.id)).scalar_one()
        event, expires = f"code/{id_}/{now}", now + GOOD_SECONDS
        notices.enqueue(connection, "sign_in_code", event=event, to=mobile, now=now, language=language, expires=expires, code=code)
    return mobile


def sign_in(engine: Engine, typed: str, code: str, *, address: str | None, now: int, browser: str, instead_of: str | None = None) -> str:
    """Return the token of a new session. Raises IssuerError `mobile_invalid`; AccountError `code_refused` or `wait`."""
    mobile = mobiles.parse(typed)
    with engine.begin() as connection:
        sending = _sending(connection, mobile, address, browser, now)
        limits = _entering(connection, mobile, address, browser, now)
        lockout.count(connection, limits, now=now)
        right = _take(connection, mobile, "".join(code.split()).translate(WESTERN), browser, now)
    if not right:  # only now, so that the try stays counted
        raise AccountError("code_refused")
    with engine.begin() as connection:
        lockout.succeeded(connection, (*limits, *sending))
        devices.remember(connection, browser, _subject(mobile), now=now)
        return sessions.begin(connection, "citizen", known(connection, mobile, now=now).id, now=now, instead_of=instead_of)


def sweep(connection: Connection, *, now: int, kept: int = KEPT_SECONDS) -> int:
    """Delete the codes made `kept` seconds ago or earlier, and return how many."""
    return connection.execute(codes.delete().where(codes.c.made_at <= now - max(kept, GOOD_SECONDS))).rowcount


def _sending(connection: Connection, mobile: str, address: str | None, browser: str, now: int) -> tuple[Limit, ...]:
    """Return what counts the codes that are asked for: by a browser that had one before and used it, or by strangers."""
    if devices.known(connection, browser, _subject(mobile), now=now):
        return (lockout.of_device(browser, _subject(mobile), "codes", free=_FREE_CODES),)
    return (
        Limit("codes from", f"{mobile}\0{lockout.network(address)}", _FREE_CODES),
        Limit("codes to", mobile, _FREE_TO_NUMBER, shared=True, eases=_NUMBER_EASES),
        lockout.of_address(address, realm="codes", free=_FREE_HERE, eases=_HERE_EASES),
    )


def _entering(connection: Connection, mobile: str, address: str | None, browser: str, now: int) -> tuple[Limit, ...]:
    """Return what counts the codes that are tried. How many tries a number has, the codes sent to it decide: five each."""
    if devices.known(connection, browser, _subject(mobile), now=now):
        return (lockout.of_device(browser, _subject(mobile), "tries", free=TRIES * _FREE_CODES),)
    return (lockout.of_address(address, realm="citizen", free=_FREE_HERE, eases=_HERE_EASES),)


def _subject(mobile: str) -> str:
    return f"mobile {mobile}"


def by_id(connection: Connection, citizen_id: int) -> Citizen | None:
    """Return a citizen, None if there is none."""
    row = connection.execute(select(citizens.c.id, citizens.c.mobile).where(citizens.c.id == citizen_id)).first()
    return Citizen(*row) if row else None


def proved(connection: Connection, mobile: str) -> bool:
    """Say whether somebody proved a number (E.164) at any time."""
    return connection.scalar(select(citizens.c.id).where(citizens.c.mobile == mobile)) is not None


def known(connection: Connection, mobile: str, *, now: int) -> Citizen:
    """Return the citizen of a number (E.164) that was proved, new or not."""
    table = citizens.c
    found = connection.scalar(select(table.id).where(table.mobile == mobile))
    if found is None:  # two at once make one
        insert_once(connection, citizens, {"mobile": mobile, "since": now})
        found = connection.execute(select(table.id).where(table.mobile == mobile)).scalar_one()
    return Citizen(int(found), mobile)


def _take(connection: Connection, mobile: str, code: str, browser: str, now: int) -> bool:
    """Whether this is the newest code of the number that this browser asked for. It counts the try, and no code is right twice."""
    table = codes.c
    mine = table.mobile == mobile, table.browser == tokens.digest(browser)
    newest = select(codes).where(*mine).order_by(table.id.desc()).limit(1).with_for_update()
    row = connection.execute(newest).first()
    if row is None or row.used_at is not None or row.tries >= TRIES or now - row.made_at >= GOOD_SECONDS:
        return False
    right = hmac.compare_digest(row.code, _digest(row.salt, code))
    connection.execute(update(codes).where(table.id == row.id).values(tries=table.tries + 1, used_at=now if right else None))
    return right


def _digest(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(salt + code[:16].encode("utf-8", "surrogatepass")).digest()
