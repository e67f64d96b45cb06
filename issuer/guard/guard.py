"""The publisher's look before it signs: what is new is held to the acts, every status to what acts say of it, each new seal to an approval.

What costs little is done each time: acts that came in, the rows that they touch, rows with new keys, seals at new positions. A row that
somebody changed without an act is found where it stands in a status list that is signed, or when the way over all rows comes to it: a
part of them at each look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, Select, func, select

from acts import audit, sweep
from acts.at_once import AtOnce
from acts.audit import Derivation
from acts.bodies import Key
from acts.errors import ActError
from acts.finding import Finding
from acts.guarded import Guarded
from acts.tables import lost_entries
from issuer import garbage
from issuer.errors import IssuerError
from issuer.log.held import HeldSeals, Run
from issuer.register import positions, publishing
from issuer.register.publishing import Due, ListRow, Mark
from issuer.register.stored import from_json
from issuer.register.tables import held, licenses, seals
from seal import cbor, leaves, status
from storage.straight import of_driver

from . import apart, releases, state, statuses
from .approving import Approvals, Sought
from .sealed import says
from .state import State

_POSITIONS = 4_096  # whose releases are looked at with one question
_BACK = 1_000  # ids of acts that are looked at again: transactions end in another order than they began
_AT_ONCE = 500
_STEP = 10  # rows that a step over an empty table counts as
_UNCOMMITTED = 20_000  # rows: a disk's flush takes as long as holding thousands at once, or a hundred one by one
_ROWS, _ROWS_AT_LENGTH = 500, 5_000  # of the way over all rows, at each look, and at one where everything is signed
_NAMED = 5


class Guard:
    """Looks before each signature. Its store is the publisher's; nobody else may write there."""

    def __init__(
        self,
        store: Path,
        tables: Sequence[Guarded],
        derivation: Derivation,
        approvals: Approvals | None,
        logged: Callable[[], int],
        progress: Callable[[int], object] = lambda _: None,
        held_seals: HeldSeals | None = None,
    ) -> None:
        """Take the store; `logged` says how many positions are in the log already, which is as far as nobody asks for approvals.

        `progress` hears how many rows were held so far, the first time, when all of them are; `held_seals` what stands at positions
        behind the log's, for whoever signs them.
        """
        self._store, self._tables, self._derivation = store, tuple(tables), derivation
        self._approvals, self._logged = approvals, logged
        self._named = {table.table.name: table for table in tables}
        self._progress = progress
        self._held = held_seals or HeldSeals()
        self.said = -1

    def look(self, engine: Engine, *, at_length: bool) -> None:
        """Hold what is new, and some of what is old.

        Raises IssuerError `rows_past_programs` with the rows, `approval_missing`, `approval_same_hands`, `approval_unpaid`,
        `approval_other`, `approval_used` with the license's number; ActError `acts_not_begun`, `audit_state_busy`,
        `audit_state_damaged`; OSError.
        """
        self._held.begin(self._logged())
        with self._looking(engine) as look:
            self._news(look)
            whole = self._go_on(look, _ROWS_AT_LENGTH if at_length else _ROWS)
            self._refuse(look)
            self._approve(look, whole=whole, anew=True)

    def hold(self, engine: Engine, since: Mark | None = None) -> Due:
        """Hold what came in since the look, while no writer of seals can write. Return what is due after `since`, as it was held.

        Raises as `look`.
        """
        with self._looking(engine) as look:
            self._news(look)
            said = look.kept.said_since(since.said) if since else []
            self._hold(look, self._named[seals.name], [(each,) for each in said])  # where they stand now says which lists are due
            self._refuse(look)
            self._approve(look)
            return publishing.due(look.connection, since, said)._replace(said=look.kept.said)

    def hold_statuses(self, engine: Engine, rows: Sequence[ListRow]) -> None:
        """Hold the statuses of a list, as they are about to be signed. Raises as `look`."""
        if not rows:
            return
        with self._looking(engine) as look:
            doubtful = statuses.compared(look.connection, look.kept, rows)
            found = doubtful.wrong
            if doubtful.seals:
                found += self._hold(look, self._named[seals.name], [(row.id,) for row in doubtful.seals])
                found += self._hold(look, self._named[licenses.name], [(row.license_id,) for row in doubtful.seals])
                found = found or [statuses.otherwise(doubtful.seals)]
            if not found:
                return
            for finding in found:
                look.kept.suspect(finding)
            look.kept.replay.commit()
            self._refuse(look)
        raise _refusal(list(dict.fromkeys(found)))  # it was otherwise a moment ago

    @contextmanager
    def _looking(self, engine: Engine) -> Iterator[_Look]:
        with state.opened(self._store) as kept, audit.snapshot(engine) as connection:
            at_once = AtOnce(connection, kept.replay, self._tables, self._derivation)
            at_once.taken = lambda *batch: apart.told(*batch).tell(self._held)
            yield _Look(connection, kept, at_once)

    def _news(self, look: _Look) -> None:
        """Hold the rows that new acts touch, and those with new keys."""
        connection, kept, _ = look
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
                self._hold(look, self._named[name], list(dict.fromkeys(keys)))
        for table in self._tables:
            self._newest(look, table)
        self._lost(look)
        self.said = kept.said
        replay.commit()

    def _lost(self, look: _Look) -> None:
        """Hold the rows of places that were lost: verifiers believe their statuses, and they are few."""
        keys = {(row.log, row.first) for row in look.connection.execute(select(lost_entries.c.log, lost_entries.c.first))}
        named = look.kept.replay.changed(lost_entries.name, b"")
        keys |= {(name, first) for name, first in map(cbor.loads, named)}
        if keys:
            self._hold(look, self._named[lost_entries.name], sorted(keys))

    def _newest(self, look: _Look, table: Guarded) -> None:
        """Hold the rows of a table whose keys are larger than any before; the first time only note where that begins."""
        connection, kept, _ = look
        (column, *more), name = table.key, f"newest {table.table.name}"
        if more or column.type.python_type is not int:
            return
        after = kept.replay.noted(name)
        if not isinstance(after, int):
            kept.replay.note(name, connection.scalar(select(func.max(column))) or 0)
            return
        while keys := connection.scalars(select(column).where(column > after).order_by(column).limit(_AT_ONCE)).all():
            self._hold(look, table, [(key,) for key in keys])
            after = keys[-1]
            kept.replay.note(name, after)

    def _hold(self, look: _Look, table: Guarded, keys: Sequence[Key]) -> list[Finding]:
        connection, kept, at_once = look
        left = at_once.left(table, keys)
        found: list[Finding] = []
        for start in range(0, len(left), _AT_ONCE):
            found += audit.hold(connection, kept.replay, table, left[start : start + _AT_ONCE], self._derivation)
        for finding in found:
            kept.suspect(finding)
        return found

    def _go_on(self, look: _Look, rows: int) -> bool:
        """Go a part of the way over all rows; the first time all of it, for nothing was ever held. Say whether all was held now."""
        connection, kept, at_once = look
        way, whole = sweep.Sweep(kept.replay, self._tables, self._derivation), kept.replay.noted("whole") is not None
        begun = way.under_way
        if whole:
            self._step(look, way, rows)
            return False
        self._progress(0)
        with apart.elsewhere(connection, kept.replay, self._held) as at_once.elsewhere:
            self._step(look, way, None)
        at_once.disown()
        kept.replay.note("whole", True)
        kept.replay.commit()
        return not begun

    def _step(self, look: _Look, way: sweep.Sweep, rows: int | None) -> None:
        """Go over so many rows, or to the end; the end is that of the way, too."""
        connection, kept, at_once = look
        uncommitted, seen = 0, 0
        with garbage.between() as collect:
            while rows is None or rows > 0:
                held_ = way.advance(connection, kept.suspect, at_once)
                if held_ is None:
                    break
                if rows is None:
                    self._progress(seen := seen + held_)
                else:
                    rows -= max(held_, _STEP)
                uncommitted += max(held_, _STEP)
                if uncommitted >= _UNCOMMITTED:
                    kept.replay.commit()
                    collect()
                    uncommitted = 0
        kept.replay.commit()

    def _refuse(self, look: _Look) -> None:
        """Return if every row that ever was wrong is right by now. Raises IssuerError `rows_past_programs`."""
        connection, kept, _ = look
        left = kept.suspects(connection, self._tables, self._derivation)
        kept.replay.commit()
        if left:
            raise _refusal(left)

    def _approve(self, look: _Look, *, whole: bool = False, anew: bool = False) -> None:
        """Hold the seals at new positions, unless the `whole` of this moment was held just now, and what approves each; `anew` also those
        that were held before and are not in the log yet, for what comes into it is what was held in this round.

        Of a run the log takes what was read when it was held, which may have been elsewhere, at another moment, or in the look before. So
        whether its files were released is asked of the run; where approvals are to be looked for, this moment has to show the same seals.
        """
        connection, kept, _ = look
        noted, end = kept.replay.noted("position"), positions.following(connection)
        start = noted if isinstance(noted, int) else end
        if anew or not isinstance(noted, int):
            start = min(start, self._logged())
        released: dict[str, bool] = {}  # of files that were asked for: many licenses come from one
        while start < end:
            run = self._held.at(start)
            if run is not None:
                last = min(end, run.end)
                kinds = self._held.kinds(run)
                if kinds is None or not self._are_released(kinds, released):
                    self._approve_each(look, [each for each in self._shown(look, run) if start <= each.position < last], released)
            else:
                last = min(end, start + _POSITIONS, start - start % status.ENTRIES + status.ENTRIES, self._held.next_run(start, end))
                if not self._are_released(self._kinds(look, start, last, whole=whole), released):
                    self._approve_each(look, _sought(connection, start, last), released)
                self._held.fill(connection, start, last)
            start = last
            kept.replay.note("position", start)
            kept.replay.commit()

    def _shown(self, look: _Look, run: Run) -> list[Sought]:
        """Return the seals of a run as this look sees them, held here. Raises IssuerError `rows_past_programs` where they are others."""
        parts = [(part.start, part.stop) for part in positions.parts(run.start, run.end)]
        for part in parts:
            self._hold_placed(look, _placed(look.connection, *part))
        sought = [each for part in parts for each in _sought(look.connection, *part)]
        if not run.is_of([each.position for each in sought], [each.token for each in sought]):
            raise IssuerError("rows_past_programs", f"log {run.start}-{run.end - 1}")
        return sought

    def _hold_placed(self, look: _Look, new: Sequence[_Placed], *, told: bool = False) -> None:
        """Hold seals and their licenses as this look sees them, or only those that were `told` elsewhere. Raises IssuerError
        `rows_past_programs`.
        """
        found: list[Finding] = []
        for name, keys in ((seals.name, [(each.id,) for each in new]), (licenses.name, [(each.license_id,) for each in new])):
            found += self._hold(look, self._named[name], look.at_once.told(name, keys) if told else list(dict.fromkeys(keys)))
        if found:
            self._refuse(look)

    def _kinds(self, look: _Look, start: int, end: int, *, whole: bool) -> Iterable[tuple[int, bytes | None]]:
        """Return which editions from which sources are at positions of one list, which are held before unless the `whole` is."""
        if whole and not look.at_once.heard:
            return _kinds(look.connection, start, end)
        new = _placed(look.connection, start, end)
        self._hold_placed(look, new, told=whole)
        return {(each.edition, each.source) for each in new}

    def _are_released(self, kinds: Iterable[tuple[int, bytes | None]], released: dict[str, bool]) -> bool:
        """Say whether seals, by their editions and sources, are the first ones of licenses from files that were released, all of them."""
        if self._approvals is None:
            return True
        return all(
            edition == 0 and type(edition) is int and isinstance(source, bytes) and self._is_file_released(source, released)
            for edition, source in kinds
        )

    def _approve_each(self, look: _Look, sought: Sequence[Sought], released: dict[str, bool]) -> None:
        for each in sought:
            self._approve_one(look, each, released)

    def _approve_one(self, look: _Look, sought: Sought, released: dict[str, bool]) -> None:
        """Return if a seal was approved, or released. Raises IssuerError `approval_…`, `rows_past_programs`."""
        if self._approvals is None or self._is_released(look, sought, released):
            return
        found = self._approvals.of(look.connection, sought)
        if isinstance(found, str):
            raise IssuerError(found, sought.number)
        by_table = defaultdict[str, list[Key]](list)
        for name, key in found.rows:
            by_table[name].append(key)
        wrong = [each for name, keys in by_table.items() for each in self._hold(look, self._named[name], keys)]
        if wrong:
            look.kept.replay.commit()
            raise _refusal(wrong)
        if not look.kept.use(found.name, sought.position):
            raise IssuerError("approval_used", f"{found.name}, {sought.number}")

    def _is_released(self, look: _Look, sought: Sought, released: dict[str, bool]) -> bool:
        """Say whether a file that a seal came from was released, or the seal itself."""
        if not sought.edition and self._is_file_released(sought.source, released):
            return True
        if releases.released(self._store, releases.of_seal(sought.number, sought.edition)):
            return True
        if not sought.edition:
            return False
        query = select(held.c.id, held.c.source, held.c.row).where(held.c.twin == sought.number, held.c.decision == "issued")
        for row in look.connection.execute(query).all():
            if releases.released(self._store, releases.of_file(row.source)) and says(sought.token, from_json(row.row)):
                if self._hold(look, self._named[held.name], [(row.id,)]):
                    self._refuse(look)
                return True
        return False

    def _is_file_released(self, source: bytes, released: dict[str, bool]) -> bool:
        name = releases.of_file(source)
        if name not in released:
            released[name] = releases.released(self._store, name)
        return released[name]


class _Look(NamedTuple):
    """The register as it is at one moment, the publisher's memory, and what is known of batches at that moment."""

    connection: Connection
    kept: State
    at_once: AtOnce


class _Placed(NamedTuple):
    """A seal at a position, as far as it takes to say whether its file was released."""

    id: int
    license_id: int
    edition: int
    source: bytes | None


def _placed(connection: Connection, start: int, end: int) -> list[_Placed]:
    """Return the seals at positions of one list."""
    query = select(seals.c.id, seals.c.license_id, seals.c.edition, licenses.c.source)
    return list(map(_Placed._make, of_driver(connection.execute(_at(query, start, end)))))


def _kinds(connection: Connection, start: int, end: int) -> list[tuple[int, bytes | None]]:
    """Return which editions from which sources are at positions of one list."""
    return of_driver(connection.execute(_at(select(seals.c.edition, licenses.c.source).distinct(), start, end)))


def _at(query: Select[Any], start: int, end: int) -> Select[Any]:
    number, first = leaves.slot_of(start)
    joined = query.join(licenses, licenses.c.id == seals.c.license_id, isouter=True)
    return joined.where(seals.c.list == number, seals.c.idx >= first, seals.c.idx < first + end - start)


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
