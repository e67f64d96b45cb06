"""Tokens by which other programs ask: made, shown once, found by their hash, counted by the minute, revoked."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Literal, NamedTuple, get_args

from sqlalchemy import Connection, Row, case, select, update

from accounts import tokens
from accounts.roles import EVERYWHERE
from inspections.errors import InspectionError
from seal import days

from .tables import api_tokens

Scope = Literal["inspections:read", "alerts:read", "licenses:read", "sites:read"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
#: What a token begins with, so that whoever finds one in a file knows what it opens.
PREFIX = "khatm_"
_WRITTEN = re.compile(r"khatm_[A-Za-z0-9_-]{43}").fullmatch
NAME_MAX = 100
LONGEST_DAYS = 731
PER_MINUTE = 120
_MINUTE = 60


class Token(NamedTuple):
    """A token without its secret. Times are seconds since 1970 UTC; `authorities` are codes, or `*` for all."""

    id: int
    name: str
    scopes: frozenset[str]
    authorities: frozenset[str]
    made_by: str
    made_at: int
    until: int
    revoked_by: str | None
    revoked_at: int | None
    used_at: int | None

    @property
    def sees(self) -> frozenset[str] | None:
        """The authorities that it may ask of, None for all."""
        return None if EVERYWHERE in self.authorities else self.authorities

    def state(self, now: int) -> Literal["active", "expired", "revoked"]:
        """Return how it stands at a time."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if now < self.until else "expired"


class Use(NamedTuple):
    """A request by a token: how many more it may send in this minute, and in how many seconds the next one begins."""

    token: Token
    left: int
    reset: int


def make(
    connection: Connection, name: str, *, scopes: Collection[str], authorities: Collection[str], last_day: date, by: str, now: int
) -> tuple[Token, str]:
    """Make a token and return it with its secret, which nobody can read again. It counts to the end of `last_day` in Cairo.

    The caller checks that the authorities are known and its own. Raises InspectionError `token_name`, `token_scope`, `token_authority`,
    `token_until` (past, or more than two years from now).
    """
    named = " ".join(name.split())
    if not 0 < len(named) <= NAME_MAX or not named.isprintable():
        raise InspectionError("token_name")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InspectionError("token_scope")
    if not authorities:
        raise InspectionError("token_authority")
    if not 0 <= (last_day - days.day_of(now)).days <= LONGEST_DAYS:
        raise InspectionError("token_until")
    secret = PREFIX + tokens.new()
    kept = [EVERYWHERE] if EVERYWHERE in authorities else sorted(set(authorities))
    values: dict[str, object] = {"token": tokens.digest(secret), "name": named, "scopes": sorted(set(scopes)), "authorities": kept}
    values |= {"made_by": by, "made_at": now, "until": days.exp_of(last_day), "minute": 0, "asked": 0}
    made = connection.execute(api_tokens.insert().values(values).returning(api_tokens)).one()
    return _token(made), secret


def listed(connection: Connection, scope: Collection[str] | None = None) -> list[Token]:
    """Return the tokens whose authorities all are among these (None: every token), the newest first."""
    found = [_token(row) for row in connection.execute(select(api_tokens).order_by(api_tokens.c.id.desc()))]
    return [each for each in found if scope is None or each.authorities <= frozenset(scope)]


def revoke(connection: Connection, token_id: int, *, by: str, now: int, scope: Collection[str] | None = None) -> Token:
    """Let a token open nothing any more. Raises InspectionError `token_unknown` (also for one beyond `scope`), `token_revoked`."""
    found = next((each for each in listed(connection, scope) if each.id == token_id), None)
    if found is None:
        raise InspectionError("token_unknown")
    mine = api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None)
    if connection.execute(update(api_tokens).where(*mine).values(revoked_at=now, revoked_by=by)).rowcount != 1:
        raise InspectionError("token_revoked")
    return found._replace(revoked_at=now, revoked_by=by)


def use(connection: Connection, secret: str, *, now: int) -> Use | None:
    """Count a request by a token, and return it; None for what is no token that counts now. `left` is -1 for a request too many."""
    if not _WRITTEN(secret):
        return None
    table, minute = api_tokens.c, now // _MINUTE
    mine = table.token == tokens.digest(secret), table.revoked_at.is_(None), table.until > now
    asked = case((table.minute == minute, table.asked + 1), else_=1)
    counted = update(api_tokens).where(*mine).values(used_at=now, asked=asked, minute=minute).returning(api_tokens)
    row = connection.execute(counted).first()
    if row is None:
        return None
    return Use(_token(row), max(PER_MINUTE - row.asked, -1), _MINUTE - now % _MINUTE)


def _token(row: Row[tuple[object, ...]]) -> Token:
    held = {name: getattr(row, name) for name in Token._fields}
    return Token(**held | {"scopes": frozenset(held["scopes"]), "authorities": frozenset(held["authorities"])})
