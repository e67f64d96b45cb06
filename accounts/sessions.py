"""Sessions on the server: the browser has a random token, the database its hash. They end by themselves, idle or not.

A session begins anew (with another token) whenever somebody's standing changes, so that a token planted or seen before is worth
nothing after (OWASP ASVS 4.0 V3.2.1). The token against forged forms is derived from the session's own: it needs no place and dies with it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal, NamedTuple

from sqlalchemy import Connection, or_, update

from storage.asked import VALUE, by

from . import tokens
from .tables import sessions

Realm = Literal["staff", "citizen"]
Stage = Literal["half", "full"]


class Terms(NamedTuple):
    """How long a session lasts, in seconds: without a heartbeat, and at all."""

    idle: int
    whole: int


TERMS: dict[Realm, Terms] = {"staff": Terms(30 * 60, 10 * 3600), "citizen": Terms(60 * 60, 24 * 3600)}
HALF = Terms(10 * 60, 10 * 60)
_NOTE_AFTER = 60  # seconds: a heartbeat is not worth a write for every request


class Session(NamedTuple):
    """Who a request comes from. `subject` is the id of an account or a citizen; half a session may only go on signing in."""

    realm: Realm
    subject: int
    stage: Stage
    csrf: str


def begin(connection: Connection, realm: Realm, subject: int, *, now: int, stage: Stage = "full", instead_of: str | None = None) -> str:
    """Begin a session and return its token; the one that was there before ends."""
    if instead_of:
        end(connection, instead_of)
    token = tokens.new()
    connection.execute(
        sessions.insert().values(token=tokens.digest(token), realm=realm, subject=subject, stage=stage, begun_at=now, seen_at=now)
    )
    return token


def find(connection: Connection, token: str, realm: Realm, *, now: int) -> tuple[Session, bool] | None:
    """Return the session of a token, and whether its heartbeat is due (`seen`); None if there is none, or no longer."""
    row = connection.execute(by(sessions, "token", order=("token",)), {VALUE: tokens.digest(token)}).first()
    if row is None or row.realm != realm:
        return None
    terms = HALF if row.stage == "half" else TERMS[realm]
    if now - row.seen_at >= terms.idle or now - row.begun_at >= terms.whole:
        return None
    return Session(realm, row.subject, row.stage, csrf_of(token)), now - row.seen_at >= _NOTE_AFTER


def seen(connection: Connection, token: str, *, now: int) -> None:
    """Note a heartbeat."""
    connection.execute(update(sessions).where(sessions.c.token == tokens.digest(token)).values(seen_at=now))


def end(connection: Connection, token: str) -> None:
    """End one session."""
    connection.execute(sessions.delete().where(sessions.c.token == tokens.digest(token)))


def end_all(connection: Connection, realm: Realm, subject: int) -> None:
    """End every session of somebody, as when their roles or password change."""
    connection.execute(sessions.delete().where(sessions.c.realm == realm, sessions.c.subject == subject))


def sweep(connection: Connection, *, now: int) -> int:
    """Delete the sessions that have ended, and return how many."""
    over = [
        (sessions.c.realm == realm) & or_(sessions.c.seen_at <= now - terms.idle, sessions.c.begun_at <= now - terms.whole)
        for realm, terms in TERMS.items()
    ]
    return connection.execute(sessions.delete().where(or_(*over))).rowcount


def csrf_of(token: str) -> str:
    """Return the token that the forms of this session carry: a keyed hash, so that neither tells the other."""
    return hmac.new(token.encode(), b"khatm form", hashlib.sha256).hexdigest()
