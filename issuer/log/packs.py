"""The packs of the published log for inspectors' phones: of each authority, where its seals stand, eight octets each (docs/format.md §20).

Segments are made once and never change; the indexes are signed anew with the newest head. What lies there already is gone on with where it
holds under the log as it is now; else everything is made anew of the register, and comes out the same. Each leaf is
compared with the one in the log, wherever the seal was read: what the register says by now may be something else.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from issuer import garbage
from issuer.errors import IssuerError
from seal import log_packs
from seal.cose import Signer
from seal.errors import ListError, SealError
from seal.log_packs import INDEX_BYTES_MAX, PREFIX_BYTES, SEGMENT, LogPack
from seal.trust import TrustList
from storage.database import reading
from transparency import nodes
from transparency.checkpoints import Checkpoint
from transparency.tree import HASH_BYTES

from . import stored
from .files import LogFiles
from .held import HeldSeals
from .leaves import Leaves

PACK, INDEX = "pack", "index"


class _Own(NamedTuple):
    """What one authority has: digests of its full segments, the seals of the last one, and how many positions of the log were looked at."""

    digests: list[bytes]
    tail: list[tuple[int, bytes]]
    size: int


class LogPacks:
    """Keeps the packs in the folder of a published log up to date. Nobody else may write there meanwhile."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Take the log's folder; `durable` is false where nobody minds what a power cut takes."""
        self._folder, self._files = folder, LogFiles(folder, durable=durable)

    def round(self, engine: Engine, *, trust: TrustList, kid: bytes, signer: Signer, now: int, held: HeldSeals | None = None) -> list[str]:
        """Bring the packs up to the published checkpoint at `now` (seconds since 1970 UTC), of what is `held`, else of the register.

        Returns the authorities, none where no checkpoint is published. Raises IssuerError `log_checkpoint_damaged`,
        `register_differs_from_log` with the position, `log_files_damaged`; OSError.
        """
        head = self._files.checkpoint()
        if head is None:
            return []
        names = sorted({key.authority for key in trust.keys.values() if "license" in key.roles})
        own = {name: self._resumed(name, trust, head.checkpoint) for name in names}
        made = self._grow(engine, own, head.checkpoint.size, held or HeldSeals())
        for name, (digests, tail, _) in own.items():
            seals, data = len(digests) * SEGMENT + len(tail), log_packs.to_bytes(tail)
            if tail:
                made[_path(name, log_packs.path(len(digests), len(tail)))] = data
            pack = LogPack(name, now, head.note, seals, (*digests, *([sha256(data).digest()] if tail else ())))
            made[_path(name, INDEX)] = log_packs.sign(pack, kid, signer)
        indexes = {_path(name, INDEX): made.pop(_path(name, INDEX)) for name in names}
        self._files.put(made)
        self._files.put(indexes)  # last: what they name is there
        for name, (digests, _, _) in own.items():
            self._tidy(name, len(digests))
        return names

    def _grow(self, engine: Engine, own: dict[str, _Own], size: int, held: HeldSeals) -> dict[str, bytes]:
        """Give each authority its seals below `size`; return the segments that became full.

        Whose a lost seal is, nobody knows: each authority gets it, so that no honest code is missing in the one that it belongs to.
        """
        made: dict[str, bytes] = {}
        takers: dict[str | None, tuple[str, ...]] = {None: tuple(own), **{name: (name,) for name in own}}
        start = min((each.size for each in own.values()), default=size)
        logged = Leaves(size, self._files.tile)
        with reading(engine) as connection, garbage.between():  # a million tuples, and no cycle among them
            for part in logged.refuse_others(held.placed(connection, start, size), start):
                by_name = defaultdict[str | None, list[tuple[int, bytes]]](list)
                begins = [part.leaves[place : place + PREFIX_BYTES] for place in range(0, len(part.leaves), HASH_BYTES)]
                for seal, name in zip(zip(part.positions, begins, strict=True), part.authorities, strict=True):
                    by_name[name].append(seal)
                for name, seals in by_name.items():
                    for whose in takers.get(name, ()):
                        tail, known = own[whose].tail, own[whose].size
                        tail += seals if seals[0][0] >= known else [each for each in seals if each[0] >= known]
                for name, each in own.items():
                    if None in by_name:
                        each.tail.sort()  # lost ones stand among the others
                    _cut(name, each, made)
        return made

    def _resumed(self, name: str, trust: TrustList, head: Checkpoint) -> _Own:
        """Return what lies there of an authority if it holds under this head; else nothing, to begin anew."""
        try:
            with (self._folder / PACK / name / INDEX).open("rb") as stream:
                pack = log_packs.verify(stream.read(INDEX_BYTES_MAX + 1), trust=trust)
            before = stored.parse(pack.head, name).checkpoint
            if pack.authority != name or not self._begins(before, head):
                return _Own([], [], 0)
            return self._read(name, pack, before.size)
        except (OSError, SealError, IssuerError):  # gone, cut, or of another house
            return _Own([], [], 0)

    def _begins(self, before: Checkpoint, head: Checkpoint) -> bool:
        """Say whether the log as it is now begins with the one of before. Raises LogError, OSError."""
        if before.origin != head.origin or before.size > head.size:
            return False
        if before.size == head.size:
            return before.root == head.root
        return nodes.range_root(nodes.from_tiles(head.size, self._files.tile), 0, before.size) == before.root

    def _read(self, name: str, pack: LogPack, size: int) -> _Own:
        """Hold an authority's segments against their hashes, and read the last one if it is not full. Raises SealError, OSError."""
        tail: list[tuple[int, bytes]] = []
        for number, width in enumerate(pack.widths()):
            data = (self._folder / _path(name, log_packs.path(number, width))).read_bytes()
            if sha256(data).digest() != pack.digests[number]:
                raise ListError("log_pack_corrupt", name)
            if width < SEGMENT:
                rows = log_packs.from_bytes(data, width)
                tail = [(position, rows.prefix(place)) for place, position in enumerate(rows.positions)]
        return _Own(list(pack.digests[: pack.seals // SEGMENT]), tail, size)

    def _tidy(self, name: str, full: int) -> None:
        """Remove the parts of segments that are full; of the last one those but the newest two, which phones may be fetching just now."""
        folder = self._folder / PACK / name
        for part in folder.glob("*.p"):
            if part.name != f"{full}.p" and part.name != f"{full - 1}.p":
                shutil.rmtree(part, ignore_errors=True)
        last = sorted((folder / f"{full}.p").glob("[0-9]*"), key=lambda path: int(path.name))
        _remove(last[:-2])


def _cut(name: str, own: _Own, made: dict[str, bytes]) -> None:
    """Make full segments of what an authority has."""
    full = len(own.tail) - len(own.tail) % SEGMENT
    for start in range(0, full, SEGMENT):
        data = log_packs.to_bytes(own.tail[start : start + SEGMENT])
        made[_path(name, str(len(own.digests)))] = data
        own.digests.append(sha256(data).digest())
    del own.tail[:full]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _path(name: str, file: str) -> str:
    return f"{PACK}/{name}/{file}"
