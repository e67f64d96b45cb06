"""Which places of the published logs a register lacks: told from the files that everybody has, once they make the log's signed head."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from acts import publishing as acts_in_order
from acts import recovering
from acts.lost import ENTRY, Lost
from acts.recovering import Placed
from issuer.errors import IssuerError
from issuer.locations import Locations
from issuer.log import stored
from issuer.log.files import entries_in
from issuer.log.stored import Stored
from issuer.register import positions
from issuer.register.tables import log_heads
from published.log import policy_of
from seal.trust import LogTerms, TrustList
from transparency import heads
from transparency.builder import TreeBuilder
from transparency.errors import LogError
from transparency.heads import Head, Policy
from transparency.tree import leaf_hash


class Ledgers(NamedTuple):
    """The last signed head of each log, None where a house publishes no such log."""

    seals: Head
    acts: Head | None
    notes: dict[str, bytes]  # the signed notes, by the logs' names

    @property
    def time(self) -> int:
        """When the newer of them was signed (seconds since 1970 UTC)."""
        return max(self.seals.timestamp, self.acts.timestamp if self.acts else 0)


class Plan(NamedTuple):
    """What a recovery would do. `own` positions and `own_acts` acts in places are there now."""

    heads: Ledgers
    own: int
    own_acts: int
    lost: tuple[Lost, ...]
    acts: Placed | None

    @property
    def needed(self) -> bool:
        """Whether the register lacks anything."""
        return bool(self.lost or (self.acts and (self.acts.lost or self.acts.moved)))

    @property
    def digest(self) -> bytes:
        """The SHA-256 over what would be carried forward, which a second person agrees to."""
        parts = [self.heads.seals.checkpoint.root, b"%d" % self.heads.seals.checkpoint.size, b"%d" % self.own]
        if self.heads.acts:
            parts += [self.heads.acts.checkpoint.root, b"%d" % self.heads.acts.checkpoint.size]
        return sha256(b"\0".join(sha256(part).digest() for part in parts)).digest()


def last_heads(locations: Locations, trust: TrustList) -> Ledgers:
    """Return the longest head of each log that is stored or published, signed by the log's keys.

    Witnesses may not have signed the last one: whoever was killed then had stored it already. Raises IssuerError `log_none`,
    `recovery_no_head`, `log_head_refused`, `log_checkpoint_damaged`; OSError.
    """
    if trust.log is None:
        raise IssuerError("log_none")
    found: dict[str, tuple[Head, bytes]] = {}
    for name, terms in ((stored.NAME, trust.log), (stored.ACTS, trust.acts)):
        last = stored.latest(stored.read(locations.store / name), stored.read(locations.published / name / "checkpoint"))
        if last and terms:
            found[name] = _signed(last, terms, name), last.note
    if stored.NAME not in found:
        raise IssuerError("recovery_no_head", str(locations.store))
    acts = found.get(stored.ACTS)
    return Ledgers(found[stored.NAME][0], acts[0] if acts else None, {name: note for name, (_, note) in found.items()})


def _signed(last: Stored, terms: LogTerms, name: str) -> Head:
    policy = policy_of(terms)
    try:
        return heads.verify(last.note, Policy(policy.origin, policy.log))
    except LogError as error:
        raise IssuerError("log_head_refused", f"{name}: {error.code}") from error


def plan(connection: Connection, published: Path, ledgers: Ledgers) -> Plan:
    """Compare the register with the published logs, entry by entry. It changes nothing.

    Raises IssuerError `recovery_files_behind` where the published files end before the last head, `log_files_damaged` where they do not
    make its root, `register_differs_from_log` where the register has another seal than the log; ActError `act_log_differs`; OSError.
    """
    own = positions.following(connection)
    lost = tuple(_missing(connection, published / stored.NAME, ledgers.seals, own))
    acts = None
    own_acts = acts_in_order.size(connection)
    if ledgers.acts:
        signed = connection.scalar(select(log_heads.c.size).where(log_heads.c.name == stored.ACTS)) or 0
        logged = [entry for _, some in _proven(published / stored.ACTS, ledgers.acts) for entry in some]
        acts = recovering.plan(connection, logged, signed=min(signed, len(logged)))
    return Plan(ledgers, own, own_acts, lost, acts)


def _missing(connection: Connection, folder: Path, head: Head, own: int) -> Iterator[Lost]:
    ours = positions.entries(connection, 0, min(own, head.checkpoint.size))
    for start, entries in _proven(folder, head):
        for position, entry in enumerate(entries, start):
            if position >= own:
                yield Lost(position, entry)
            elif next(ours) != entry:
                raise IssuerError("register_differs_from_log", f"position {position}")


def _proven(folder: Path, head: Head) -> list[tuple[int, list[bytes]]]:
    """Return the entries under a head, a bundle at a time: nothing of them is believed before they make its root."""
    builder = TreeBuilder()
    try:
        found = list(entries_in(folder, head.checkpoint.size))
        for _, entries in found:
            builder.append(map(leaf_hash, entries))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IssuerError("recovery_files_behind", f"{folder.name}: {head.checkpoint.size}") from error
    except LogError as error:
        raise IssuerError("log_files_damaged", f"{folder}: {error}") from error
    if builder.root() != head.checkpoint.root or any(len(entry) != ENTRY for _, entries in found for entry in entries):
        raise IssuerError("log_files_damaged", str(folder))
    return found
