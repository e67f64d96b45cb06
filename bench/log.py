"""The log of a register of a million seals, as the publisher makes it: against bare hashing of the same tree in hashlib.

The peer is hashlib alone: of the same entries, already in memory, each leaf once (SHA-256 over 33 octets) and each node once (65
octets), in lists, and nothing else: no reading, no tiles, no files, and no entry, which a log has to make as well (SHA-256 over some 260
octets).

The seals are made up (their signatures verify for nobody), of the form that the issuer writes, and lie in a SQLite register as issued ones
do. Without the disk's flush. A second process reads the register while the first makes the tree and its files (issuer/log/abreast.py).
*On the clock* is what a publisher waits, against the peer on the clock, and needs a machine with two idle cores to say anything;
*processor time* is that of both processes. Files are made in memory (tmpfs) and on the disk, where making a file costs what the file system
takes for it: 10 µs of the processor there, 300 to 600 µs on the ext4 of the machine that the figures are from.
"""

from __future__ import annotations

import resource
import secrets
import tempfile
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from sqlalchemy import Engine

from bench.filling import unwatched
from issuer.log import abreast
from issuer.log.files import LogFiles
from issuer.log.stored import LogStore
from issuer.log.turn import LogTurn
from issuer.register import positions
from issuer.register.tables import licenses, log_heads, seals, status_lists
from office.database import open_register
from seal import cose, leaves
from seal.status import ENTRIES
from storage.database import reading
from transparency import keys
from transparency.builder import TreeBuilder
from transparency.signing import NoteSigner

_MANY = 20_000
_MEMORY = Path("/dev/shm")
_ORIGIN = "bench.example/log"
_PAYLOAD = 170  # octets of a seal's claims


def measure(fast: bool) -> dict[str, Any]:
    """Fill a register, build its log, and let it grow by a thousand."""
    count, more = 20_000 if fast else 1_000_000, 1_000
    with tempfile.TemporaryDirectory() as folder:
        engine = open_register(f"{folder}/register.sqlite")
        with unwatched(engine) as filled:
            _fill(filled, 0, count)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        on_disk = _timed(lambda: _take(_turn(Path(folder), "disk"), engine, 1))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as memory:
            alone = _timed(lambda: _take(_forgotten(engine, Path(memory), "alone"), engine, 2, shared=False))
            turn = _forgotten(engine, Path(memory), "memory")
            in_memory = _timed(lambda: _take(turn, engine, 2))
            with reading(engine) as connection:
                read = _timed(lambda: sum(1 for _ in positions.entries(connection, 0, count)))
                entries = list(positions.entries(connection, 0, count))
            bare, hashed = _median(partial(_bare, entries)), _median(partial(_tree, entries))
            del entries
            increments = []
            for place in range(3):
                with unwatched(engine) as filled:
                    _fill(filled, count + place * more, more)
                increments.append(_timed(lambda at=place: _take(turn, engine, 3 + at)).clock)
        engine.dispose()
        return {
            "seals": count,
            "bare hashing of leaves and nodes, s": round(bare.cpu, 2),
            "tree and tiles of ready entries, times bare hashing": round(hashed.cpu / bare.cpu, 2),
            "reading the register and hashing its entries in one process, times bare hashing": round(read.cpu / bare.cpu, 2),
            **_told("one process, files in memory", alone, bare),
            **_told("two processes, files in memory", in_memory, bare),
            **_told("two processes, files on the disk", on_disk, bare),
            "memory on top, KiB": grown,
            "files": sum(path.is_file() for path in Path(folder, "disk").rglob("*")),
            f"increment of {more}, median of three, ms on the clock": round(sorted(increments)[1] * 1000),
        }


def _told(name: str, took: Time, bare: Time) -> dict[str, float]:
    return {
        f"log made of the register, {name}: processor time, times bare hashing": round(took.cpu / bare.cpu, 2),
        f"log made of the register, {name}: on the clock, times bare hashing": round(took.clock / bare.clock, 2),
        f"log made of the register, {name}: s on the clock": round(took.clock, 2),
    }


class Time(NamedTuple):
    """Seconds of the processor, system and ended children included, and on the clock, which tells of the neighbours too."""

    cpu: float
    clock: float


def _timed(work: Callable[[], object]) -> Time:
    cpu, clock = _spent(), time.perf_counter()
    work()
    return Time(_spent() - cpu, time.perf_counter() - clock)


def _spent() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _median(work: Callable[[], object]) -> Time:
    """Return the middle one of three."""
    return sorted(_timed(work) for _ in range(3))[1]


def _turn(folder: Path, name: str) -> LogTurn:
    return LogTurn(LogFiles(folder / name, durable=False), LogStore(folder / "store", durable=False), _signers())


def _forgotten(engine: Engine, folder: Path, name: str) -> LogTurn:
    """Return a turn with a store of its own that knows of no head yet."""
    with engine.begin() as connection:
        connection.execute(log_heads.delete())
    return _turn(folder / name, name)


def _bare(entries: list[bytes]) -> None:
    """Each leaf and each node once, in hashlib, and nothing else."""
    row = [sha256(b"\0" + entry).digest() for entry in entries]
    while len(row) > 1:
        row = [sha256(b"\1" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]


def _tree(entries: list[bytes]) -> None:
    TreeBuilder().append(map(leaves.leaf_of, entries))


def _take(turn: LogTurn, engine: Engine, now: int, *, shared: bool = True) -> None:
    with patch.object(abreast, "WORTH_SHARING", abreast.WORTH_SHARING if shared else 1 << 62):
        turn.catch_up(engine)
    with engine.begin() as connection:
        turn.sign(connection, now)
    turn.finish()


def _fill(engine: Engine, first: int, count: int) -> None:
    header = cose.protected(b"\1", alg=cose.ESP256)
    with engine.begin() as connection:
        if first == 0:
            row = {"id": 1, "number": "B", "identity": b"", "source": b"", "line": 1, "near_head": 0, "near_tail": 0, "skeleton": ""}
            more = {"type": "", "authority": "", "trade_name": "", "latitude": 0, "longitude": 0, "first_day": ""}
            connection.execute(licenses.insert().values(row | more))
        for start in range(first, first + count, _MANY):
            rows = [_seal(header, position) for position in range(start, min(start + _MANY, first + count))]
            connection.execute(seals.insert(), rows)
        number, used = leaves.slot_of(first + count)
        connection.execute(status_lists.delete())
        lists = [{"number": each, "used": ENTRIES} for each in range(1, number)]
        connection.execute(status_lists.insert(), [*lists, {"number": number, "used": used}])


def _seal(header: bytes, position: int) -> dict[str, object]:
    number, index = leaves.slot_of(position)
    token = cose.Sign1(header, secrets.token_bytes(_PAYLOAD), cose.low(secrets.token_bytes(64))).to_bytes()
    place = {"list": number, "idx": index, "status": 0, "token": token}
    return {"license_id": 1, "edition": 0, "cti": position.to_bytes(8, "big"), "kid": b"\1", "iat": 0, **place}


def _signers() -> tuple[NoteSigner, ...]:
    private = {
        keys.ED25519: ed25519.Ed25519PrivateKey.generate(),
        keys.COSIGNATURE: ed25519.Ed25519PrivateKey.generate(),
        keys.ML_DSA_44: MLDSA44PrivateKey.generate(),
    }
    return tuple(NoteSigner(keys.note_key(_ORIGIN, kind, key.public_key().public_bytes_raw()), key.sign) for kind, key in private.items())
