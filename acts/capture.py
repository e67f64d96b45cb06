"""Notices every write to a guarded table of an engine, and puts one act beside it before the transaction commits.

Nothing of this is called by whoever writes: it listens to SQLAlchemy. Before an update or deletion it reads the rows that it will touch
(locked, so that nobody comes in between); after an insertion it learns the keys. Before the commit it reads each touched row once more,
and the act holds what differs. So a column that somebody changed behind the programs' backs is not covered up by an honest change of
another one.
"""

from __future__ import annotations

import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Delete, Engine, Insert, Select, TextClause, Update, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, ColumnElement

from storage.errors import StorageError

from . import acting, bodies, guarded
from .acting import Acting
from .bodies import Batch, Body, Change, Columns, Key, Value
from .errors import ActError
from .guarded import Guarded
from .looking import Row, by_keys
from .tables import acts

_STATE = "khatm_acts"
_OWN_VALUES: WeakKeyDictionary[Insert, Mapping[str, Any]] = WeakKeyDictionary()  # forgotten with the statement
_RAW_WRITE = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|WITH|TRUNCATE|COPY)\b", re.IGNORECASE)
_TABLES = re.compile(r'\b(?:INTO|UPDATE|FROM|JOIN|TABLE|ONLY|USING)\s+(?:"?\w+"?\.)?"?(\w+)', re.IGNORECASE)


class Made(NamedTuple):
    """Rows that were made at once, of one table: their keys count up from `first`, and of guarded columns the values, in their order."""

    table: Guarded
    first: int
    columns: Mapping[str, Sequence[Value]]


class _Transaction:
    """What one transaction has touched: of each table each row's key, with the row as it was before, None where there was none."""

    def __init__(self) -> None:
        self.touched: dict[Guarded, dict[Key, Row | None]] = {}
        self.batches: list[Batch | Columns] = []
        self.acting: Acting | None = None
        self.salt = b""
        self.in_bulk = False
        self.looked: int | None = None  # how many rows the statement at hand was found to touch
        self.savepoints: list[tuple[str, dict[Guarded, dict[Key, Row | None]], list[Batch | Columns]]] = []

    def note(self, table: Guarded, key: Key, before: Row | None) -> None:
        self.touched.setdefault(table, {}).setdefault(key, before)

    def knows(self, table: Guarded, key: Key) -> bool:
        return key in self.touched.get(table, ())

    def begin_act(self) -> None:
        """Fix who acts, at the first write. Raises ActError `act_without_actor`."""
        self.acting = self.acting or acting.current()
        self.salt = self.salt or secrets.token_bytes(bodies.SALT)

    def copied(self) -> tuple[dict[Guarded, dict[Key, Row | None]], list[Batch | Columns]]:
        return {table: dict(keys) for table, keys in self.touched.items()}, list(self.batches)


def attach(engine: Engine, *, tables: Iterable[Guarded], now: Callable[[], int]) -> None:
    """Let every write to `tables` through `engine` leave an act; `now` tells its time (seconds since 1970 UTC)."""
    names = frozenset(each.table.name for each in tables)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_execute", _before)
    event.listen(engine, "after_execute", _after)
    event.listen(engine, "before_cursor_execute", partial(_refuse_raw, names))
    event.listen(engine, "after_cursor_execute", _peek)
    event.listen(engine, "savepoint", _savepoint)
    event.listen(engine, "rollback_savepoint", _rollback_savepoint)
    event.listen(engine, "release_savepoint", _release_savepoint)
    event.listen(engine, "rollback", _end)
    event.listen(engine, "commit", partial(_commit, now))


@contextmanager
def in_bulk(
    connection: Connection, table: str, first: int, digests: Iterable[bytes], made: Callable[[], Sequence[Made]] = tuple
) -> Iterator[bytes]:
    """Let rows be made inside in whatever way, as one batch: their keys count up from `first`.

    Yields the salt of this transaction's act, b"" where none is kept. With it, `digests` are made inside, one of each row in their order
    (`bodies.digest_of_row`), in pieces of whatever size. `made` tells then the rows as they are, table by table, those of others pair by
    pair with them. Everything else of them has to be such that an audit can derive it. Raises ActError `act_without_actor`.
    """
    state = _state(connection)
    if state is None:
        yield b""
        return
    state.begin_act()
    state.in_bulk = True
    try:
        yield state.salt
    finally:
        state.in_bulk = False
    state.batches.append(Batch(table, first, b"".join(digests)))
    state.batches += [_columns(state.salt, each) for each in made()]


def _columns(salt: bytes, made: Made) -> Columns:
    name, count = made.table.table.name, len(next(iter(made.columns.values())))
    digests = {column: bodies.digest_of_column(salt, name, column, values) for column, values in made.columns.items()}
    return Columns(name, made.first, count, digests)


def _select(table: Guarded) -> Select[Any]:
    return select(*table.key, *table.raw)


def _read(connection: Connection, table: Guarded, query: Select[Any], parameters: Any = None) -> dict[Key, Row]:
    width = len(table.key)
    return {tuple(row[:width]): tuple(row[width:]) for row in connection.execute(query, parameters)}


def _state(connection: Connection) -> _Transaction | None:
    """Return what the transaction at hand touched; of one whose connection broke nothing is known, and nothing is kept."""
    return None if connection.invalidated else connection.info.get(_STATE)


def _begin(connection: Connection) -> None:
    connection.info[_STATE] = _Transaction()


def _end(connection: Connection) -> None:
    if not connection.invalidated:  # to ask a broken one for anything would hide what broke it
        connection.info.pop(_STATE, None)


def _savepoint(connection: Connection, name: str) -> None:
    if (state := _state(connection)) is not None:
        state.savepoints.append((name, *state.copied()))


def _rollback_savepoint(connection: Connection, name: str, _: object) -> None:
    """Forget what was touched since: it is as it was."""
    state = _state(connection)
    while state is not None and state.savepoints:
        found, state.touched, state.batches = state.savepoints.pop()
        if found == name:
            return


def _release_savepoint(connection: Connection, name: str, _: object) -> None:
    state = _state(connection)
    while state is not None and state.savepoints and state.savepoints.pop()[0] != name:
        pass


def _written(connection: Connection, statement: object) -> tuple[Guarded, _Transaction] | None:
    """Return the guarded table that a statement writes, if it does. Raises ActError where nobody acts, or no transaction is at hand."""
    if not isinstance(statement, Insert | Update | Delete):
        return None
    table = guarded.of(statement.table)
    if table is None:
        return None
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        raise ActError("act_unclear", f"{table.table.name}: no transaction")
    if not connection.in_transaction():
        connection.exec_driver_sql("SELECT 1")  # a connection begins by itself at its first statement, but only after it told of it
    state = connection.info[_STATE]
    state.begin_act()
    return table, state


def _before(connection: Connection, statement: Any, several: Any, single: Any, _: Any) -> None:
    """Read the rows that a statement is about to change."""
    writes = _written(connection, statement)
    if writes is None:
        return
    table, state = writes
    if isinstance(statement, Insert):
        if isinstance(statement, postgresql.Insert | sqlite.Insert):  # it may change a row that is there
            _note_before(connection, table, state, statement, several or ([single] if single else []))
        return
    if several and len(several) > 1:
        raise ActError("act_unclear", f"{table.table.name}: many changes in one statement")
    where = statement.whereclause
    named, state.looked = _named_key(table, where), None
    if named is not None and state.knows(table, named):
        return
    if named is not None:
        found = by_keys(connection, table, [named], lock=True)  # whatever else it asks of the row
    else:
        query = _select(table) if where is None else _select(table).where(where)
        found = _read(connection, table, _locked(connection, query), several[0] if several else single)
    for key, row in found.items():
        state.note(table, key, row)
    state.looked = len(found)


def _note_before(connection: Connection, table: Guarded, state: _Transaction, statement: Insert, several: Sequence[Any]) -> None:
    """Read the row of the key that an insertion names, if it is there: it may be changed instead."""
    for parameters in several or [{}]:
        values = {**_own_values(connection, statement), **parameters}
        key = _key_among(table, values)
        if key is not None and not state.knows(table, key):
            state.note(table, key, by_keys(connection, table, [key]).get(key))


def _own_values(connection: Connection, statement: Insert) -> Mapping[str, Any]:
    """Return the values that an insertion holds itself. Of one that is built once they are looked up once; to compile it costs as much."""
    known = _OWN_VALUES.get(statement)
    if known is None:
        known = _OWN_VALUES[statement] = statement.compile(dialect=connection.dialect).params
    return known


def _locked(connection: Connection, query: Select[Any]) -> Select[Any]:
    """On SQLite nobody else writes."""
    return query.with_for_update() if connection.dialect.name == "postgresql" else query


def _named_key(table: Guarded, where: ColumnElement[Any] | None) -> Key | None:
    """Return the one key that a condition allows, if it says it as such."""
    clauses = where.clauses if isinstance(where, BooleanClauseList) and where.operator is operators.and_ else [where]
    found = {
        str(each.left.key): each.right.value
        for each in clauses
        if isinstance(each, BinaryExpression) and each.operator is operators.eq and isinstance(each.right, BindParameter)
    }
    return _key_among(table, found)


def _key_among(table: Guarded, values: dict[str, Any]) -> Key | None:
    key = tuple(values.get(column.key) for column in table.key)
    return None if None in key else cast(Key, key)


def _after(connection: Connection, statement: Any, several: Any, single: Any, _: Any, result: CursorResult[Any]) -> None:
    """Note the keys of what was inserted; refuse a change that met rows which came after they were looked for."""
    writes = _written(connection, statement)
    if writes is None:
        return
    table, state = writes
    if isinstance(statement, Insert):
        for key in _inserted(table, statement, result):
            state.note(table, key, None)
    elif connection.dialect.name == "postgresql" and state.looked is not None and result.rowcount > state.looked:
        raise StorageError("database_locked")


def _inserted(table: Guarded, statement: Insert, result: CursorResult[Any]) -> list[Key]:
    """Return the keys of what a statement inserted. Raises ActError `act_unclear` for one that does not tell."""
    context = cast(Any, result).context
    given = [_key_among(table, parameters) for parameters in context.compiled_parameters]
    if all(key is not None for key in given):
        return cast(list[Key], given)
    if len(statement.exported_columns):
        returned: list[Key] | None = getattr(context, _STATE, None)
        if returned is not None:
            return returned
    elif not context.executemany and not isinstance(statement, postgresql.Insert | sqlite.Insert) and result.rowcount in (1, -1):
        key = tuple(result.inserted_primary_key or ())
        if None not in key:
            return [key]
    raise ActError("act_unclear", f"{table.table.name}: no keys")


def _peek(_: Connection, cursor: Any, __: str, ___: Any, context: Any, ____: bool) -> None:
    """Take the keys from what an insertion returns, and let whoever asked for it have it all the same."""
    statement = context.compiled.statement if context.compiled is not None else None
    if not isinstance(statement, Insert) or cursor.description is None:
        return
    table = guarded.of(statement.table)
    names = [column.key for column in statement.exported_columns]
    if table is None or any(column.key not in names for column in table.key):
        return
    rows = cursor.fetchall()
    places = [names.index(column.key) for column in table.key]
    setattr(context, _STATE, [tuple(row[place] for place in places) for row in rows])
    context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, cursor.description, deque(rows))


def _refuse_raw(names: frozenset[str], connection: Connection, _: Any, statement: str, __: Any, context: Any, ___: bool) -> None:
    """Refuse to write a guarded table in words of one's own: no act could be made of it."""
    if context.compiled is not None and not isinstance(context.compiled.statement, TextClause):
        return
    state = _state(connection)
    if (state is None or not state.in_bulk) and _RAW_WRITE.match(statement) and not names.isdisjoint(_TABLES.findall(statement)):
        raise ActError("act_raw")


def _commit(now: Callable[[], int], connection: Connection) -> None:
    """Put the act beside what was written."""
    state = _state(connection)
    if state is None or state.acting is None:
        return
    rows: list[Change | Batch | Columns] = list(state.batches)
    for table, touched in state.touched.items():
        after = by_keys(connection, table, list(touched))
        rows += (change for key, before in touched.items() if (change := _change(state.salt, table, key, before, after.get(key))))
    if rows:
        write(connection, Body(now(), *state.acting, tuple(rows)), state.salt)
    _end(connection)


def write(connection: Connection, body: Body, salt: bytes, position: int | None = None) -> None:
    """Insert one act, with its place in the log if it has one already."""
    held = {"at": body.at, "actor": body.actor, "kind": body.kind, "salt": salt, "body": bodies.write(body), "position": position}
    connection.execute(acts.insert(), held)


def _change(salt: bytes, table: Guarded, key: Key, before: Row | None, after: Row | None) -> Change | None:
    """Return what became of a row; None if it is as it was."""
    if after is None:
        return None if before is None else Change(table.table.name, key, None)
    differing = (
        (name, value)
        for place, (name, value) in enumerate(zip(table.columns, after, strict=True))
        if before is None or bodies.canonical(before[place]) != bodies.canonical(value)
    )
    columns = {name: bodies.digest(salt, name, value) for name, value in differing}
    return Change(table.table.name, key, columns) if columns else None
