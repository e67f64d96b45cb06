"""The publisher's look before it signs: what is new is held to the acts, every status to what acts say of it, each new seal to an approval.

What costs little is done each time: acts that came in, the rows that they touch, rows with new keys, seals at new positions. A row that
somebody changed without an act is found where it stands in a status list that is signed, or when the way over all rows comes to it: a
part of them at each look.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from acts import audit, bodies, sweep
from acts.audit import Derivation
from acts.bodies import Key
from acts.errors import ActError
from acts.finding import Finding
from acts.guarded import Guarded
from acts.tables import lost_entries
from issuer.errors import IssuerError
from issuer.register import positions
from issuer.register.publishing import StatusRow
from issuer.register.stored import from_json
from issuer.register.tables import held, licenses, seals
from seal import cbor, leaves, status

from . import releases, state
from .approving import Approvals, Sought
from .sealed import says
from .state import State

_BACK = 1_000  # ids of acts that are looked at again: transactions end in another order than they began
_AT_ONCE = 500
_STEP = 10  # rows that a step over an empty table counts as
_ROWS, _ROWS_AT_LENGTH = 500, 5_000  # of the way over all rows, at each look, and at one where everything is signed
_NAMED = 5


class Guard:
    """Looks before each signature. Its store is the publisher's; nobody else may write there."""

    def __init__(
        self, store: Path, tables: Sequence[Guarded], derivation: Derivation, approvals: Approvals | None, logged: Callable[[], int]
    ) -> None:
        """Take the store; `logged` says how many positions are in the log already, which is as far as nobody asks for approvals."""
        self._store, self._tables, self._derivation = store, tuple(tables), derivation
        self._approvals, self._logged = approvals, logged
        self._named = {table.table.name: table for table in tables}

    def look(self, engine: Engine, *, at_length: bool) -> None:
        """Hold what is new, and some of what is old.

        Raises IssuerError `rows_past_programs` with the rows, `approval_missing`, `approval_same_hands`, `approval_unpaid`,
        `approval_other`, `approval_used` with the license's number; ActError `acts_not_begun`, `audit_state_busy`,
        `audit_state_damaged`; OSError.
        """
        with state.opened(self._store) as kept, audit.snapshot(engine) as connection:
            self._news(connection, kept)
            whole = self._go_on(connection, kept, _ROWS_AT_LENGTH if at_length else _ROWS)
            self._refuse(connection, kept)
            self._approve(connection, kept, whole=whole)

    def hold(self, engine: Engine) -> None:
        """Hold what came in since the look, while no writer of seals can write. Raises as `look`."""
        with state.opened(self._store) as kept, audit.snapshot(engine) as connection:
            self._news(connection, kept)
            self._refuse(connection, kept)
            self._approve(connection, kept)

    def hold_statuses(self, engine: Engine, rows: Sequence[StatusRow]) -> None:
        """Hold the statuses of a list, as they are about to be signed. Raises as `look`."""
        if not rows:
            return
        with state.opened(self._store) as kept:
            wrong = list(self._wrong(kept, rows))
            if not wrong:
                return
            for finding in wrong:
                kept.suspect(finding)
            kept.replay.commit()
            with audit.snapshot(engine) as connection:
                self._refuse(connection, kept)
        raise _refusal(wrong)  # it was otherwise a moment ago

    def _news(self, connection: Connection, kept: State) -> None:
        """Hold the rows that new acts touch, and those with new keys."""
        replay, touched = kept.replay, defaultdict[str, list[Key]](list)
        fresh = not replay.newest
        for act in replay.absorb(connection, kept.suspect, back=_BACK):
            kept.speak(act)
            for name, key in () if fresh else sweep.touched(act):
                touched[name].append(key)
        if not replay.begun:
            raise ActError("acts_not_begun")
        for name, keys in touched.items():
            if name in self._named:
                self._hold(connection, kept, self._named[name], list(dict.fromkeys(keys)))
        for table in self._tables:
            self._newest(connection, kept, table)
        self._lost(connection, kept)
        replay.commit()

    def _lost(self, connection: Connection, kept: State) -> None:
        """Hold the rows of places that were lost: verifiers believe their statuses, and they are few."""
        keys = {(row.log, row.first) for row in connection.execute(select(lost_entries.c.log, lost_entries.c.first))}
        named = kept.replay.changed(lost_entries.name, b"")
        keys |= {(name, first) for name, first in map(cbor.loads, named)}
        if keys:
            self._hold(connection, kept, self._named[lost_entries.name], sorted(keys))

    def _newest(self, connection: Connection, kept: State, table: Guarded) -> None:
        """Hold the rows of a table whose keys are larger than any before; the first time only note where that begins."""
        (column, *more), name = table.key, f"newest {table.table.name}"
        if more or column.type.python_type is not int:
            return
        after = kept.replay.noted(name)
        if not isinstance(after, int):
            kept.replay.note(name, connection.scalar(select(func.max(column))) or 0)
            return
        while keys := connection.scalars(select(column).where(column > after).order_by(column).limit(_AT_ONCE)).all():
            self._hold(connection, kept, table, [(key,) for key in keys])
            after = keys[-1]
            kept.replay.note(name, after)

    def _hold(self, connection: Connection, kept: State, table: Guarded, keys: Sequence[Key]) -> list[Finding]:
        found: list[Finding] = []
        for start in range(0, len(keys), _AT_ONCE):
            found += audit.hold(connection, kept.replay, table, keys[start : start + _AT_ONCE], self._derivation)
        for finding in found:
            kept.suspect(finding)
        return found

    def _go_on(self, connection: Connection, kept: State, rows: int) -> bool:
        """Go a part of the way over all rows; the first time all of it, for nothing was ever held. Say whether all was held now."""
        way, whole = sweep.Sweep(kept.replay, self._tables, self._derivation), kept.replay.noted("whole") is not None
        begun, uncommitted = way.under_way, 0
        while rows > 0 or not whole:
            held_ = way.advance(connection, kept.suspect)
            if held_ is None:
                kept.replay.note("whole", True)
                break
            rows -= max(held_, _STEP)
            uncommitted += max(held_, _STEP)
            if uncommitted >= _ROWS_AT_LENGTH:  # a disk's flush takes as long as holding a hundred rows
                kept.replay.commit()
                uncommitted = 0
        kept.replay.commit()
        return not whole and not begun

    def _refuse(self, connection: Connection, kept: State) -> None:
        """Return if every row that ever was wrong is right by now. Raises IssuerError `rows_past_programs`."""
        left = kept.suspects(connection, self._tables, self._derivation)
        kept.replay.commit()
        if left:
            raise _refusal(left)

    def _wrong(self, kept: State, rows: Sequence[StatusRow]) -> Iterator[Finding]:
        """Find the seals whose status is not the one that an act gave them, or, without one, not the one of a seal that is issued."""
        spoken = kept.spoken(min(row.id for row in rows), max(row.id for row in rows))
        covered = _Ranges(kept, licenses.name, max(row.license_id for row in rows))
        for row in rows:
            said = spoken.get(row.id)
            if said is not None:
                if not said.salt or bodies.digest(said.salt, "status", row.status) != said.octets:
                    yield Finding("changed", seals.name, (row.id,), ("status",))
            elif row.edition or row.license_id not in covered:
                yield Finding("slipped_in", seals.name, (row.id,))
            elif row.status != status.VALID:
                yield Finding("changed", seals.name, (row.id,), ("status",))

    def _approve(self, connection: Connection, kept: State, *, whole: bool = False) -> None:
        """Hold the seals at new positions, unless the `whole` of this moment was held just now, and what approves each."""
        first, end = kept.replay.noted("position"), positions.following(connection)
        start = first if isinstance(first, int) else min(self._logged(), end)
        released: dict[str, bool] = {}  # of files that were asked for: many licenses come from one
        uncommitted = 0
        while start < end:
            last = min(end, start + _AT_ONCE, start - start % status.ENTRIES + status.ENTRIES)
            new = _sought(connection, start, last)
            if not whole:
                found = self._hold(connection, kept, self._named[seals.name], [(each.id,) for each in new])
                found += self._hold(connection, kept, self._named[licenses.name], [(each.license_id,) for each in new])
                if found:
                    self._refuse(connection, kept)
            for each in new:
                self._approve_one(connection, kept, each, released)
            uncommitted, start = uncommitted + last - start, last
            kept.replay.note("position", start)
            if uncommitted >= _ROWS_AT_LENGTH or start >= end:
                kept.replay.commit()
                uncommitted = 0

    def _approve_one(self, connection: Connection, kept: State, sought: Sought, released: dict[str, bool]) -> None:
        """Return if a seal was approved, or released. Raises IssuerError `approval_…`, `rows_past_programs`."""
        if self._approvals is None or self._is_released(connection, sought, released):
            return
        found = self._approvals.of(connection, sought)
        if isinstance(found, str):
            raise IssuerError(found, sought.number)
        by_table = defaultdict[str, list[Key]](list)
        for name, key in found.rows:
            by_table[name].append(key)
        wrong = [each for name, keys in by_table.items() for each in self._hold(connection, kept, self._named[name], keys)]
        if wrong:
            kept.replay.commit()
            raise _refusal(wrong)
        if not kept.use(found.name, sought.position):
            raise IssuerError("approval_used", f"{found.name}, {sought.number}")

    def _is_released(self, connection: Connection, sought: Sought, released: dict[str, bool]) -> bool:
        """Say whether a file that a seal came from was released, or the seal itself."""
        if not sought.edition:
            name = releases.of_file(sought.source)
            if name not in released:
                released[name] = releases.released(self._store, name)
            if released[name]:
                return True
        if releases.released(self._store, releases.of_seal(sought.number, sought.edition)):
            return True
        if not sought.edition:
            return False
        query = select(held.c.source, held.c.row).where(held.c.twin == sought.number, held.c.decision == "issued")
        return any(
            releases.released(self._store, releases.of_file(row.source)) and says(sought.token, from_json(row.row))
            for row in connection.execute(query)
        )


class _Ranges:
    """Keys of rows that were made at once with others."""

    def __init__(self, kept: State, table: str, last: int) -> None:
        rows = kept.replay.file.execute("SELECT first, last FROM batch WHERE name = ? AND first <= ? ORDER BY first", (table, last))
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, end in rows:
            if self._lasts and self._lasts[-1] == first - 1:
                self._lasts[-1] = end
            else:
                self._firsts.append(first)
                self._lasts.append(end)

    def __contains__(self, key: int) -> bool:
        place = bisect_right(self._firsts, key) - 1
        return place >= 0 and key <= self._lasts[place]


def _sought(connection: Connection, start: int, end: int) -> list[Sought]:
    """Return the seals at positions of one list."""
    number, first = leaves.slot_of(start)
    query = (
        select(seals, licenses.c.number, licenses.c.identity, licenses.c.source)
        .join(licenses, licenses.c.id == seals.c.license_id, isouter=True)
        .where(seals.c.list == number, seals.c.idx >= first, seals.c.idx < first + end - start)
        .order_by(seals.c.idx)
    )
    return [_of(row) for row in connection.execute(query)]


def _of(row: Row[Any]) -> Sought:
    position = leaves.position_of(row.list, row.idx)
    known = (row.number or "", bytes(row.identity or b""), bytes(row.source or b""))
    return Sought(position, row.id, row.edition, row.license_id, *known, bytes(row.token))


def _refusal(found: Sequence[Finding]) -> IssuerError:
    more = f"; +{len(found) - _NAMED}" if len(found) > _NAMED else ""
    return IssuerError("rows_past_programs", "; ".join(map(_told, found[:_NAMED])) + more)


def _told(finding: Finding) -> str:
    columns = f" [{', '.join(finding.columns)}]" if finding.columns else ""
    return f"{finding.table} {' '.join(map(str, finding.key))}{columns} {finding.kind}"
