"""How many seals the log has under each authority's keys, on a day and in all: told to each authority, who knows what it gave.

It is counted by the published log, entry by entry up to its signed root. A database cannot say which seals there are, only what stands
behind an entry: a token whose entry it is. An entry whose token is gone, or was changed, is counted as unknown.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from issuer.errors import IssuerError
from issuer.register import positions
from published.log import policy_of
from seal import claims, cose, days, leaves
from seal.cose import Sign1
from seal.errors import SealError
from seal.trust import LogTerms, TrustList
from transparency import base64, heads
from transparency.builder import TreeBuilder
from transparency.checkpoints import Checkpoint
from transparency.keys import ED25519
from transparency.notes import Note
from transparency.signing import NoteSigner, signature_line

from .files import entries_in
from .growth import leaves_of

UNKNOWN = "?"


class Line(NamedTuple):
    """Seals under one key: of which authority ("?" for none that the trust list knows), on the day, and in all."""

    authority: str
    kid: str
    day: int
    all: int


class Counts(NamedTuple):
    """The counts of one day under one head of the log. `unknown` are positions (some) whose token nobody has."""

    day: date
    checkpoint: Checkpoint
    lines: tuple[Line, ...]
    void: int
    unknown: int
    where: tuple[int, ...]

    def csv(self) -> str:
        """Return the lines as CSV, with a head."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["day", *Line._fields[:2], "seals_of_the_day", "seals"])
        table.writerows([self.day.isoformat(), *line] for line in self.lines)
        return text.getvalue()

    def json(self) -> str:
        """Return everything as JSON."""
        log = {"origin": self.checkpoint.origin, "size": self.checkpoint.size, "root": self.checkpoint.root.hex()}
        told = {"day": self.day.isoformat(), "log": log, "void": self.void, "unknown": self.unknown}
        return json.dumps(told | {"keys": [line._asdict() for line in self.lines]}, indent=1) + "\n"

    def note(self, signers: Sequence[NoteSigner]) -> bytes:
        """Return everything as a signed note (C2SP) under the log's Ed25519 key; its first line is none of a checkpoint."""
        log = f"{self.checkpoint.size} {base64.encode(self.checkpoint.root)}"
        lines = [f"{line.authority} {line.kid} {line.day} {line.all}" for line in self.lines]
        head = [f"{self.checkpoint.origin}/counts", self.day.isoformat(), log, f"void {self.void} unknown {self.unknown}"]
        text = "".join(f"{line}\n" for line in head + lines)
        signatures = (signature_line(each, text, timestamp=0) for each in signers if each.key.kind == ED25519)
        return Note(text, tuple(signatures)).to_bytes()


def count(connection: Connection, published: Path, terms: LogTerms, trust: TrustList, day: date) -> Counts:
    """Count by the published log. Raises IssuerError `log_proof_fails` where its files do not make its signed root; OSError."""
    folder = published / "log"
    try:
        checkpoint = heads.verify((folder / "checkpoint").read_bytes(), policy_of(terms)).checkpoint
        tally = _Tally(day)
        builder = TreeBuilder()
        for start, entries in entries_in(folder, checkpoint.size):
            builder.append(leaves_of(entries))
            tally.take(start, entries, dict(positions.sealed(connection, start, start + len(entries))))
        if builder.root() != checkpoint.root:
            raise IssuerError("log_proof_fails", "root")
    except SealError as error:
        raise IssuerError("log_proof_fails", error.code) from error
    return Counts(day, checkpoint, tally.lines(trust), tally.void, tally.unknown, tuple(tally.where))


class _Tally:
    """What was counted so far."""

    def __init__(self, day: date) -> None:
        self._of_day: Counter[bytes] = Counter()
        self._all: Counter[bytes] = Counter()
        self._first, self._end = days.start_of(day), days.exp_of(day)
        self.void, self.unknown = 0, 0
        self.where: list[int] = []

    def take(self, start: int, entries: Sequence[bytes], tokens: Mapping[int, Sign1]) -> None:
        for position, entry in enumerate(entries, start):
            message = tokens.get(position)
            if entry == leaves.VOID:
                self.void += 1
            elif message is None or leaves.entry_of(message) != entry:
                self.unknown += 1
                self.where += [position] if len(self.where) < 10 else []
            else:
                kid = cose.headers(message)[4]
                self._all[kid] += 1
                self._of_day[kid] += self._first <= claims.from_bytes(message.payload).iat < self._end

    def lines(self, trust: TrustList) -> tuple[Line, ...]:
        """Return a line for each key that ever sealed, or that the trust list has for seals."""
        known = {kid: key.authority or UNKNOWN for kid, key in trust.keys.items() if "license" in key.roles}
        kids = known.keys() | self._all.keys()
        lines = (Line(known.get(kid, UNKNOWN), kid.hex(), self._of_day[kid], self._all[kid]) for kid in kids)
        return tuple(sorted(lines))
