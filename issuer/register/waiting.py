"""Rows held back: near twins, and places in doubt. A person says whether each is a license of its own.

A row that waits as a near twin names the license it looks like; one whose place is in doubt names none, and carries the doubt in its JSON.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from issuer.errors import IssuerError
from issuer.intake.texts import skeleton

from .issuing import issue_one
from .sealing import Sealer
from .stored import from_json
from .tables import held
from .times import take_turns
from .workshop import Alone


def accept(engine: Engine, waiting_id: int, *, sealer: Sealer, now: int) -> str:
    """Issue a held row and return its license number. Raises IssuerError `held_unknown`."""
    with engine.begin() as connection:
        row = _undecided(connection, waiting_id)
        license_ = from_json(json.loads(row.row))
        number = issue_one(
            connection,
            license_,
            skeleton_=skeleton(license_.trade_name),
            identity_=row.identity,
            source=row.source,
            line=row.line,
            bench=Alone(sealer),
            now=now,
        )
        connection.execute(update(held).where(held.c.id == waiting_id).values(decision="issued"))
    return number


def dismiss(engine: Engine, waiting_id: int) -> None:
    """Drop a held row; a later run of its file will not hold it again. Raises IssuerError `held_unknown`."""
    with engine.begin() as connection:
        _undecided(connection, waiting_id)
        connection.execute(update(held).where(held.c.id == waiting_id).values(decision="dismissed"))


def _undecided(connection: Connection, waiting_id: int) -> Row[Any]:
    take_turns(connection)  # two people may decide on the same row
    row = connection.execute(select(held).where(held.c.id == waiting_id, held.c.decision.is_(None))).first()
    if row is None:
        raise IssuerError("held_unknown", str(waiting_id))
    return row
