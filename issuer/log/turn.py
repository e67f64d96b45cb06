"""The publisher's turn at a log: what came to its ledger since, under a new signed checkpoint.

Files are written first that no checkpoint names yet; then, in the register's turn, the head is signed as of a time before which every seal
in the log was made and after which every other one is (docs/adr/0003, 0049); only when that time is committed may anybody see it: entries
and tiles, the store, the published checkpoint, in this order. Killed anywhere, the next turn goes on from the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from issuer.errors import IssuerError
from issuer.register.tables import log_heads
from storage.database import reading
from transparency import nodes, proofs
from transparency.checkpoints import Checkpoint
from transparency.errors import LogError, ProofError, TileError
from transparency.signing import NoteSigner, sign_checkpoint
from transparency.tiles import WIDTH, Bundle, Tile, tile_at

from . import stored
from .files import LogFiles
from .growth import Growth, Part, hashed, leaves_of
from .ledgers import Ledger, Seals
from .stored import LogStore, Stored

#: Gives the path of consistency from a smaller tree, of 1 leaf or more, to the one that was signed.
Prove = Callable[[int], Sequence[bytes]]
#: Has a checkpoint (a signed note) signed by witnesses too and returns it, None where not enough of them did: then the published one stays.
Cosign = Callable[[bytes, Prove], bytes | None]


_WRITERS, _PUT_AT_ONCE = 2, 128  # threads, and files that each has open at once


class _Signed(NamedTuple):
    """A head that waits for its time to be committed: the note, the files under it, and what it follows in the store."""

    note: bytes
    size: int
    parts: list[Part]
    before: Stored | None


class Shown(NamedTuple):
    """A head that readers may see: the signed checkpoint, as it is published, and how many entries it covers."""

    note: bytes
    size: int


class LogTurn:
    """Takes turns, one after another. Nobody else may write into the folder meanwhile."""

    def __init__(
        self,
        files: LogFiles,
        store: LogStore,
        signers: Sequence[NoteSigner],
        cosign: Cosign | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Take the log's keys, all of one name: the log's origin; and what it is made of, else the register's seals."""
        self._files, self._store, self._signers, self._cosign = files, store, tuple(signers), cosign
        self._ledger = ledger or Seals()
        (self._origin,) = {signer.key.name for signer in signers}
        self._growth: Growth | None = None
        self._before: Stored | None = None
        self._heads: list[Checkpoint] = []  # which the next has to go on from, the last one first
        self._signed: _Signed | None = None
        self._full: list[Tile | Bundle] = []

    def catch_up(self, engine: Engine) -> None:
        """Write the full tiles and bundles of what the register has by now: no writer waits for that.

        Raises IssuerError `register_behind_log`, `register_differs_from_log`, `log_checkpoint_damaged`, `log_store_conflict` (a checkpoint
        of another log); OSError.
        """
        self._growth, self._signed, self._full = None, None, []
        self._before, shown = self._store.read(), self._files.checkpoint()
        last = stored.latest(self._before, shown)
        ours = {self._origin, *self._store.before}
        if last and last.checkpoint.origin not in ours:
            raise IssuerError("log_store_conflict", last.checkpoint.origin)
        heads = (each.checkpoint for each in (last, self._before, shown) if each and each.checkpoint.origin in ours)
        self._heads = [head for head in dict.fromkeys(heads) if head.size]
        with reading(engine) as connection:
            size = last.checkpoint.size if last else 0
            refuse_behind(self._ledger, connection, size)
            end = self._ledger.settled(connection, size)
            growth = self._resumed(connection, last.checkpoint) if last else Growth()
            self._put_all(growth.grow(self._ledger.chunks(connection, growth.size, end)))
        self._growth = growth

    def sign(self, connection: Connection, time: int) -> None:
        """Sign the head of all that the ledger has, as of `time` (seconds since 1970 UTC), in the caller's transaction.

        Nothing is written to the disk: nobody may see it before the transaction is committed. Raises what the ledger raises, and
        IssuerError `register_behind_log`, `log_files_damaged`, `log_store_conflict` where the tree does not go on from the last heads.
        """
        growth = self._growth
        if growth is None:
            raise RuntimeError("catch_up comes first")
        end = self._ledger.settle(connection, growth.size, time)
        if end < growth.size:
            raise IssuerError("register_behind_log", named(self._ledger, f"{end} < {growth.size}"))
        parts = [part for some in growth.grow(self._ledger.chunks(connection, growth.size, end)) for part in some]
        full = [each for each, _ in parts]
        parts += growth.edge()
        checkpoint = Checkpoint(self._origin, growth.size, growth.root())
        self._refuse_fork(checkpoint, parts)
        note = sign_checkpoint(checkpoint, self._signers, timestamp=time)
        _remember(connection, self._ledger.name, checkpoint, note, time)
        self._signed, self._growth = _Signed(note, growth.size, parts, self._before), None
        self._full += full

    def finish(self) -> Shown | None:
        """Once the transaction is committed: put everything in its place, and return the head that is published then.

        None: there is no new one, or too few witnesses signed it. Raises IssuerError `log_store_conflict`, OSError; then another turn
        does it.
        """
        signed, self._signed = self._signed, None
        if signed is None:
            return None
        self._files.put({each.path(): data for each, data in signed.parts})
        self._store.replace(signed.before, signed.note)
        shown = self._cosign(signed.note, self._proofs(signed.size)) if self._cosign else signed.note
        if shown is None:
            return None
        self._files.keep_former(self._origin)
        self._files.put_checkpoint(shown)
        self._files.tidy(self._full)
        return Shown(shown, signed.size)

    def path(self, place: int, size: int) -> list[bytes]:
        """Return the path from the leaf at a place to the root of the first `size`. Raises LogError, OSError."""
        return nodes.inclusion_path(nodes.from_tiles(size, self._files.tile), place, size)

    def _refuse_fork(self, new: Checkpoint, parts: Iterable[Part]) -> None:
        """Return if a head goes on from each that was stored or published, by the tiles that prove it to witnesses; `parts` wait for it.

        The tree was made to go on. It is proven all the same, for nobody takes a signature back. Raises IssuerError `log_files_damaged`,
        `log_store_conflict` for a head that is not the last one.
        """
        waiting = {each: data for each, data in parts if isinstance(each, Tile)}
        tree = nodes.from_tiles(new.size, lambda tile: waiting[tile] if tile in waiting else self._files.tile(tile))
        for place, head in enumerate(self._heads):
            try:
                path = nodes.consistency_path(tree, head.size, new.size)
                proofs.verify_consistency(head.size, new.size, head.root, new.root, path)
            except (LogError, OSError) as error:
                code = "log_store_conflict" if place and isinstance(error, ProofError) else "log_files_damaged"
                raise IssuerError(code, named(self._ledger, f"{head.size}, {new.size}")) from error

    def _proofs(self, size: int) -> Prove:
        tree = nodes.from_tiles(size, self._files.tile)
        return lambda old: nodes.consistency_path(tree, old, size)

    def _put_all(self, parts: Iterable[list[Part]]) -> None:
        """Write tiles and bundles, while the tree goes on: the disk's flush takes as long as hashing, and making a file half of that."""
        with ThreadPoolExecutor(_WRITERS) as writers:
            written, waiting = deque[Future[None]](), list[Part]()
            for full in parts:
                waiting += full
                if len(waiting) >= _PUT_AT_ONCE:
                    if len(written) >= _WRITERS:
                        written.popleft().result()
                    written.append(writers.submit(self._put, waiting))
                    waiting = []
            self._put(waiting)
            for each in written:
                each.result()

    def _put(self, full: list[Part]) -> None:
        self._files.put({each.path(): data for each, data in full})
        self._full += [each for each, _ in full]

    def _resumed(self, connection: Connection, last: Checkpoint) -> Growth:
        """Return the tree of the last checkpoint: of its tiles where this register signed it, else made anew."""
        if _signed_here(connection, self._ledger.name, last):
            tail = self._ledger.entries(connection, last.size - last.size % WIDTH, last.size)
            try:
                growth = Growth.resume(last.size, self._files.tile, tail)
            except (OSError, TileError):  # the folder was emptied, or is another one
                growth = Growth()
            if growth.root() == last.root and growth.edge_agrees():
                return growth
        return self._made_anew(connection, last)

    def _made_anew(self, connection: Connection, last: Checkpoint) -> Growth:
        """Return the tree of what the register has under the last checkpoint, with its files in their places.

        It is read once: what made the root is what is written and goes on, and nothing is written before. Raises IssuerError
        `register_differs_from_log`.
        """
        growth = Growth()
        with self._files.later() as later:
            for full in growth.grow(hashed(self._ledger.entries(connection, 0, last.size))):
                later.add((each.path(), data) for each, data in full)
            later.add((each.path(), data) for each, data in growth.edge())
            if growth.size != last.size or growth.root() != last.root:
                raise IssuerError("register_differs_from_log", named(self._ledger, self._first_difference(connection, last.size)))
            later.put()
        return growth

    def _first_difference(self, connection: Connection, size: int) -> str:
        """Return the first position at which the published leaf is another one than the register's, "" where that cannot be told."""
        for start in range(0, size, WIDTH):
            tile = tile_at(size, 0, start // WIDTH)
            try:
                published = tile.check(self._files.tile(tile))
            except (OSError, TileError):
                return ""
            ours = b"".join(leaves_of(self._ledger.entries(connection, start, start + tile.width)))
            if ours != published:
                return _where(tile, ours, published)
        return ""


def _where(tile: Tile, ours: bytes, published: bytes) -> str:
    place = next(place for place in range(tile.width) if ours[place * 32 : place * 32 + 32] != published[place * 32 : place * 32 + 32])
    return f"position {tile.index * WIDTH + place}"


def refuse_behind(ledger: Ledger, connection: Connection, logged: int) -> None:
    """Return if a ledger has all that a checkpoint was ever signed over; `logged` says how much.

    Else the database is a backup of before that. Raises IssuerError `register_behind_log`.
    """
    if (own := ledger.following(connection)) < logged:
        raise IssuerError("register_behind_log", named(ledger, f"{own} < {logged}"))


def named(ledger: Ledger, detail: str) -> str:
    """Return a detail with the log's name, unless it is the log."""
    return detail if ledger.name == stored.NAME else f"{ledger.name}: {detail}"


def _signed_here(connection: Connection, name: str, last: Checkpoint) -> bool:
    """Say whether this register remembers to have signed exactly this head."""
    table = log_heads.c
    row = connection.execute(select(table.size, table.root).where(table.name == name)).first()
    return row is not None and (row.size, bytes(row.root)) == (last.size, last.root)


def _remember(connection: Connection, name: str, checkpoint: Checkpoint, note: bytes, time: int) -> None:
    connection.execute(log_heads.delete().where(log_heads.c.name == name))
    row = {"name": name, "size": checkpoint.size, "root": checkpoint.root, "time": time, "checkpoint": note}
    connection.execute(log_heads.insert().values(row))
