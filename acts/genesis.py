"""How the record begins: a database that is made begins with it; one from before takes its rows on once, by command."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, Engine, select

from storage.locks import lock_writers

from . import bodies
from .bodies import Body
from .capture import write
from .tables import acts

BEGUN, TAKEN_ON = "begun", "taken on"  # kinds of acts
_MAKER = "program:database"


def mark(engine: Engine, *, now: int) -> None:
    """Note in a database that was just made that every row to come has an act; in one with acts, nothing."""
    with engine.begin() as connection:
        lock_writers(connection)  # two may have made it
        if connection.execute(select(acts.c.id).limit(1)).first() is None:
            write_mark(connection, _MAKER, now)


def write_mark(connection: Connection, actor: str, now: int) -> None:
    """Note that every row that is there has an act."""
    write(connection, Body(now, actor, BEGUN, ()), secrets.token_bytes(bodies.SALT))
