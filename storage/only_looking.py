"""Who opened a database to look writes nothing: on PostgreSQL, where nobody who looks has a transaction, nothing would take it back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, UpdateBase, event


def attach(engine: Engine) -> None:
    """Refuse to insert, update or delete over a connection that only looks (`storage.database.reading`): a fault of ours, RuntimeError."""
    event.listen(engine, "before_execute", _refuse)


def _refuse(connection: Connection, statement: Any, *_: Any) -> None:
    if isinstance(statement, UpdateBase) and connection.get_execution_options().get("reading", False):
        raise RuntimeError("a write by who only looks")
