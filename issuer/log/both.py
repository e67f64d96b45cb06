"""The turns at both logs as one: seals, and, where a house publishes them, acts, among which the status lists of the turn stand."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from published.listed import proof_name
from transparency.proof_files import LogProof

from .ledgers import Acts, Seals
from .turn import LogTurn, Shown


class Finished(NamedTuple):
    """What a turn put in its place, by name; and of each status list that it signed the proof that it is an act, by that file's name.

    Without a proof of a list, too few witnesses signed the head that the list stands under, or no acts are published.
    """

    names: list[str]
    proofs: dict[str, bytes]


class Logs:
    """Takes turns at the log of seals and then at that of acts, in one transaction."""

    def __init__(self, seals: LogTurn, acts: LogTurn | None = None, ledger: Acts | None = None) -> None:
        """Take the two turns; `ledger` is the one that the turn at the acts was made with."""
        self._seals, self._acts, self._ledger = seals, acts, ledger
        self._lists: Mapping[str, bytes] = {}

    @property
    def of_acts(self) -> bool:
        """Whether acts are published at all."""
        return self._acts is not None

    def catch_up(self, engine: Engine) -> None:
        """Prepare a turn, without keeping a writer waiting. Raises as LogTurn does."""
        for turn in self._turns():
            turn.catch_up(engine)

    def sign(self, connection: Connection, time: int, lists: Mapping[str, bytes]) -> None:
        """Sign both heads as of `time`, in the caller's transaction, and let the signed status lists be acts before that."""
        self._lists = dict(lists)
        if self._ledger:
            self._ledger.lists = self._lists
        for turn in self._turns():
            turn.sign(connection, time)

    def finish(self) -> Finished:
        """Once the transaction is committed: put heads and tiles in their places, seals first. Raises IssuerError, LogError, OSError."""
        names = [f"{Seals.name}/checkpoint"] if self._seals.finish() else []
        shown = self._acts.finish() if self._acts else None
        if self._acts is None or self._ledger is None or shown is None:
            return Finished(names, {})
        return Finished([*names, f"{Acts.name}/checkpoint"], self._proofs(self._acts, self._ledger, shown))

    def _proofs(self, acts: LogTurn, ledger: Acts, shown: Shown) -> dict[str, bytes]:
        found = {}
        for name, data in self._lists.items():
            place, act = ledger.listed[name]
            proof = LogProof(place, tuple(acts.path(place, shown.size)), shown.note, act)
            found[proof_name(sha256(data).digest())] = proof.to_bytes()
        return found

    def _turns(self) -> list[LogTurn]:
        return [self._seals, *([self._acts] if self._acts else [])]
