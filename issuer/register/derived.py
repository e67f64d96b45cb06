"""What licenses and seals that were issued at once have to be: nearly all of it stands in the seal's signed token."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from acts.audit import Derived, Values
from acts.bodies import Value
from issuer.intake import scripts
from seal import claims, cose
from seal.cose import Sign1
from seal.errors import SealError
from storage.among import among
from storage.straight import of_driver

from .sealing import Sealed, Slot
from .tables import licenses, seals
from .written import KEPT, license_row, seal_row


class Issued(NamedTuple):
    """The derivation, for the governorate whose license numbers begin with `prefix`."""

    prefix: str

    @property
    def batch(self) -> str:
        """Batches count licenses."""
        return licenses.name

    @property
    def kept_names(self) -> tuple[str, ...]:
        """What a token does not say."""
        return KEPT

    def key(self, table: str, row: Values) -> int | None:
        """A license hangs on itself, its first seal on it."""
        if table == licenses.name:
            return _number(row["id"])
        return _number(row["license_id"]) if table == seals.name and row["edition"] == 0 else None

    def derived(self, connection: Connection, table: str, rows: Sequence[Values]) -> Sequence[Derived | None]:
        """Derive licenses from the tokens of their first seals, first seals from their own."""
        if table == seals.name:
            firsts = _firsts(connection, [_number(row["license_id"]) for row in rows])
            return [_seal(row) if firsts.get(_number(row["license_id"])) == row["id"] else None for row in rows]
        return [self._license(row, token) for row, token in zip(rows, _tokens(connection, rows), strict=True)]

    def kept(self, connection: Connection, table: str, rows: Sequence[Values]) -> Sequence[tuple[Value, ...] | None]:
        """Give what a token does not say, and the token of the first seal."""
        if table != licenses.name:
            return [None] * len(rows)
        return [None if token is None else (*_kept_of(row), token) for row, token in zip(rows, _tokens(connection, rows), strict=True)]

    def _license(self, row: Values, token: bytes | None) -> Derived | None:
        """A license without its first seal has nothing that speaks for it."""
        held = None if token is None else _claims(token)
        if held is None:
            return None
        whole = license_row(held.license, held.number_in(self.prefix), scripts.skeleton(held.license.trade_name))
        columns = {name: value for name, value in whole.items() if name not in KEPT} | {"id": row["id"]}
        return Derived(columns, (*_kept_of(row), token), KEPT)  # type: ignore[arg-type]


_kept_of = itemgetter(*KEPT)


def _tokens(connection: Connection, licenses_: Sequence[Values]) -> list[bytes | None]:
    """Return the token of the first seal of each of some licenses."""
    ids = [_number(row["id"]) for row in licenses_]
    tokens = select(seals.c.license_id, seals.c.token).where(among(connection, seals.c.license_id, ids), seals.c.edition == 0)
    found = dict(of_driver(connection.execute(tokens.order_by(seals.c.id.desc()))))
    return [found.get(id_) for id_ in ids]


def _number(value: Value) -> int:
    """Return a key, 0 for what is none: SQLite takes anything in any column."""
    return value if type(value) is int else 0


def _firsts(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return the seals that were the first of their licenses: another one in the same place came later."""
    query = select(seals.c.license_id, func.min(seals.c.id)).where(among(connection, seals.c.license_id, ids), seals.c.edition == 0)
    return {row[0]: row[1] for row in connection.execute(query.group_by(seals.c.license_id))}


def _seal(row: Values) -> Derived | None:
    token = row["token"]
    held = _claims(token) if isinstance(token, bytes) else None
    if held is None or not isinstance(token, bytes):
        return None
    sealed = Sealed(held.cti, _kid(cose.from_bytes(token).protected), held.iat, Slot(int(held.uri.rsplit("/", 1)[1]), held.idx), token)
    same: dict[str, Any] = {"id": row["id"], "license_id": row["license_id"]}
    return Derived(same | seal_row(sealed, edition=held.edition))


@lru_cache(maxsize=256)  # one key signs many
def _kid(protected: bytes) -> bytes:
    kid: bytes = cose.headers(Sign1(protected, b"", b""))[cose.KID]
    return kid


def _claims(token: bytes) -> claims.Claims | None:
    try:
        return claims.from_bytes(cose.from_bytes(token).payload)
    except SealError:
        return None
