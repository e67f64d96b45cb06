"""Rows held back: near twins, changes, and places in doubt. A person says what becomes of each.

A row that waits as a near twin names the license it looks like, and a change the license that it changes, with its columns in the JSON;
one whose place is in doubt names none, and carries the doubt.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select, update

from issuer.errors import IssuerError
from issuer.intake import scripts
from issuer.intake.rows import Rules
from storage.locks import lock_writers

from . import history, terms
from .issuing import New, issue_one
from .sealing import Sealer
from .signer_pool import InProcess
from .stored import from_json
from .tables import held


class Held(NamedTuple):
    """A row that waits: the license that it looks like or changes ("" for a doubt), and what is kept of it."""

    id: int
    identity: bytes
    source: bytes
    line: int
    twin: str
    row: dict[str, Any]


_HELD = select(*(held.c[name] for name in Held._fields))


def undecided(connection: Connection) -> list[Held]:
    """Return the rows that wait for a decision, the oldest first."""
    return [Held._make(row) for row in connection.execute(_HELD.where(held.c.decision.is_(None)).order_by(held.c.id))]


def accept(engine: Engine, waiting_id: int, *, sealer: Sealer, rules: Rules, now: int) -> str:
    """Issue a held row, or take the change that it makes, and return its license number.

    Raises IssuerError `held_unknown`, `terms_overlap` (it runs in the days of several terms), those of `history.replace`; LicenseError.
    """
    with engine.begin() as connection:
        row = _undecided(connection, waiting_id)
        number = _accepted(connection, row, sealer=sealer, rules=rules, now=now)
        connection.execute(update(held).where(held.c.id == waiting_id).values(decision="issued"))
    return number


def _accepted(connection: Connection, row: Held, *, sealer: Sealer, rules: Rules, now: int) -> str:
    waits = row.row
    license_ = from_json(waits)
    key = terms.Key(*(bytes.fromhex(waits[name]) for name in terms.Key._fields)) if "chain" in waits else None
    of_it = terms.known([connection], [key.chain]).get(key.chain, []) if key else []
    if key is not None and waits["changed"]:
        found = terms.judge(of_it, license_, key.content)
        if found.kind == "already" and found.term is not None:  # somebody corrected it by hand meanwhile
            return found.term.number
        if found.term is not None and found.overlaps == 1:
            changes = license_._asdict()
            reason = f"line {row.line}"
            history.replace_within(connection, found.term.number, changes, sealer=sealer, rules=rules, reason=reason, now=now)
            return found.term.number
        if found.overlaps > 1:
            raise IssuerError("terms_overlap", row.twin)
    new = New(
        license_,
        scripts.skeleton(license_.trade_name),
        identity=terms.identity_among(of_it, key) if key else row.identity,
        chain=key.chain if key else row.identity,
        content=key.content if key else None,
        source=row.source,
        line=row.line,
    )
    number = issue_one(connection, new, pool=InProcess(sealer), now=now)
    terms.link(connection, [new.chain], now)
    return number


def dismiss(engine: Engine, waiting_id: int) -> None:
    """Drop a held row; a later run of its file will not hold it again. Raises IssuerError `held_unknown`."""
    with engine.begin() as connection:
        _undecided(connection, waiting_id)
        connection.execute(update(held).where(held.c.id == waiting_id).values(decision="dismissed"))


def _undecided(connection: Connection, waiting_id: int) -> Held:
    lock_writers(connection)  # two people may decide on the same row
    row = connection.execute(_HELD.where(held.c.id == waiting_id, held.c.decision.is_(None))).first()
    if row is None:
        raise IssuerError("held_unknown", str(waiting_id))
    return Held._make(row)
