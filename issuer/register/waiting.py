"""Rows held back: near twins, changes, and places in doubt. A person says what becomes of each.

Who cannot seal, as a desk, accepts a row, and a program that can carries it out: until then its decision is ACCEPTED.

A row that waits as a near twin names the license it looks like, and a change the license that it changes, with its columns in the JSON;
one whose place is in doubt names none, and carries the doubt.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Select, or_, select, update

from issuer.errors import IssuerError
from issuer.intake import scripts
from issuer.intake.rows import Rules
from seal import status
from storage.locks import lock_writers

from . import history, terms
from .issuing import New, issue_one
from .sealing import Sealer
from .signer_pool import InProcess
from .stored import from_json
from .tables import held

ACCEPTED = "accepted"


class Held(NamedTuple):
    """A row that waits: the license that it looks like or changes ("" for a doubt), and what is kept of it.

    `decision` is None, or ACCEPTED while it waits to be sealed; `at` when it came (seconds since 1970 UTC).
    """

    id: int
    identity: bytes
    source: bytes
    line: int
    twin: str
    row: dict[str, Any]
    at: int
    decision: str | None


_HELD = select(*(held.c[name] for name in Held._fields))
#: The condition for a row that is open.
OPEN = or_(held.c.decision.is_(None), held.c.decision == ACCEPTED)


def undecided(connection: Connection) -> list[Held]:
    """Return the rows that wait for a decision, or for whoever carries it out, the oldest first."""
    return [Held._make(row) for row in connection.execute(_HELD.where(OPEN).order_by(held.c.id))]


def of_sources(connection: Connection, sources: Select[Any], *, after: int, most: int) -> list[Held]:
    """Return so many of the open rows behind `after` that came from `sources`, a query of digests."""
    query = _HELD.where(OPEN, held.c.id > after, held.c.source.in_(sources))
    return [Held._make(row) for row in connection.execute(query.order_by(held.c.id).limit(most))]


def accepted(connection: Connection, *, most: int) -> list[Held]:
    """Return the rows that were accepted and are not sealed yet, the oldest first."""
    query = _HELD.where(held.c.decision == ACCEPTED).order_by(held.c.id)
    return [Held._make(row) for row in connection.execute(query.limit(most))]


def find(connection: Connection, waiting_id: int) -> Held:
    """Return an open row. Raises IssuerError `held_unknown`."""
    row = connection.execute(_HELD.where(held.c.id == waiting_id, OPEN)).first()
    if row is None:
        raise IssuerError("held_unknown", str(waiting_id))
    return Held._make(row)


def mark(connection: Connection, waiting_id: int, decision: str | None) -> Held:
    """Accept a row (ACCEPTED) for whoever can seal it, or let it wait again (None), and return it. Raises IssuerError `held_unknown`."""
    row = _undecided(connection, waiting_id)
    connection.execute(update(held).where(held.c.id == waiting_id).values(decision=decision))
    return row


def refusal(connection: Connection, row: Held) -> str:
    """Return why a row cannot be accepted as things stand, as far as that is known without sealing; "" if it can."""
    waits = row.row
    if "chain" not in waits or not waits["changed"]:
        return ""
    key = terms.Key(*(bytes.fromhex(waits[name]) for name in terms.Key._fields))
    found = terms.judge(terms.known([connection], [key.chain]).get(key.chain, []), from_json(waits), key.content)
    if found.overlaps > 1:
        return "terms_overlap"
    ended = found.overlaps == 1 and found.term is not None and found.term.status not in (status.VALID, status.SUSPENDED)
    return "transition_refused" if ended else ""


def accept(engine: Engine, waiting_id: int, *, sealer: Sealer, rules: Rules, now: int) -> str:
    """Issue a held row, or take the change that it makes, and return its license number.

    Raises IssuerError `held_unknown`, `terms_overlap` (it runs in the days of several terms), those of `history.replace`; LicenseError.
    """
    with engine.begin() as connection:
        return accept_within(connection, waiting_id, sealer=sealer, rules=rules, now=now)


def accept_within(connection: Connection, waiting_id: int, *, sealer: Sealer, rules: Rules, now: int, request: int | None = None) -> str:
    """Do the same in the caller's transaction. `request` is the approved one that the row was in, if any."""
    row = _undecided(connection, waiting_id)
    number = _accepted(connection, row, sealer=sealer, rules=rules, now=now, request=request)
    connection.execute(update(held).where(held.c.id == waiting_id).values(decision="issued"))
    return number


def _accepted(connection: Connection, row: Held, *, sealer: Sealer, rules: Rules, now: int, request: int | None) -> str:
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
            history.replace_within(
                connection, found.term.number, changes, sealer=sealer, rules=rules, reason=reason, now=now, request=request
            )
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
        dismiss_within(connection, waiting_id)


def dismiss_within(connection: Connection, waiting_id: int) -> Held:
    """Do the same in the caller's transaction, and return the row."""
    return mark(connection, waiting_id, "dismissed")


def _undecided(connection: Connection, waiting_id: int) -> Held:
    lock_writers(connection)  # two people may decide on the same row
    return find(connection, waiting_id)
