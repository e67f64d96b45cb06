"""What rows of an import would become: by the rules of a file, for whoever prepares it, beside the register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from sqlalchemy import Engine

from accounts.roles import Account
from issuer import checking
from issuer.checking import Checked
from issuer.intake import survey
from issuer.intake.row import Row
from issuer.intake.rows import ALONE, Entry, Fault, Refusal, Rules
from issuer.register.issuing import Source
from issuer.register.sealing import Sealer
from office.licenses.changing import ASK

from .records import Line


class Judge:
    """Judges rows for somebody: what is of an authority that is not theirs is refused."""

    def __init__(self, rules: Rules, sealer: Sealer, account: Account, *, apply: bool, now: int) -> None:
        """`sealer` is one whose seals are worth nothing: nothing is sealed to look at rows."""
        self._rules, self._sealer, self._account, self._now = rules, sealer, account, now
        self._source = Source(sha256(b"khatm: a draft").digest(), apply)

    def all(self, engine: Engine, lines: Sequence[Line]) -> list[tuple[Line, Entry | None]]:
        """Return the rows with what they would become, and what would be sent for approval of each."""
        chosen = [line for line in lines if not line.dropped]
        judged = list(self._entries(chosen))
        looked = {each.line: each for each in checking.look(judged, engine, source=self._source, sealer=self._sealer, now=self._now)}
        entries = {each.line: each for each in judged if isinstance(each, Entry)}
        return [(_told(line, looked[line.line]) if line.line in looked else line, entries.get(line.line)) for line in lines]

    def one(self, engine: Engine, line: Line) -> tuple[Line, Entry | None]:
        """Return one row with what it would become beside the register; whether another row says the same is seen with all of them."""
        (judged,) = self._entries([line])
        return _told(line, checking.look_at_one(judged, engine, source=self._source)), judged if isinstance(judged, Entry) else None

    def _entries(self, lines: Sequence[Line]) -> Iterator[Entry | Refusal]:
        """Yield what the rules say of rows. A row that a person typed proves nothing of how the file writes its days."""
        surveyed = survey.of_rows(lambda: _of_the_file(lines), self._rules)
        for line in lines:
            found = self._rules.entry(line.row, ALONE if line.edited else surveyed)
            yield self._theirs(found)

    def _theirs(self, found: Entry | Refusal) -> Entry | Refusal:
        if isinstance(found, Refusal) or any(self._account.may(role, found.license.authority) for role in ASK):
            return found
        return Refusal.of(found, "authority_not_yours")._replace(field="authority")


def _of_the_file(lines: Iterable[Line]) -> Iterator[Row]:
    return (line.row for line in lines if not line.edited and not line.row.fault)


def _told(line: Line, checked: Checked) -> Line:
    faults = checked.refusal.faults if checked.refusal else ()
    return line._replace(outcome=checked.outcome, number=checked.number, faults=tuple(Fault(*each) for each in faults))
