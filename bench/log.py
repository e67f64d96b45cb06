"""The log of a register of a million seals, as the publisher makes it: against bare hashing of the same tree in hashlib.

The seals are made up (their signatures verify for nobody), and lie in a SQLite register as issued ones do. Without the disk's
flush. Ratios are of processor time. Files are made in memory first (tmpfs) and then on the disk, where making a file costs what the file
system takes for it: 10 µs of the processor there, 300 to 450 µs on the ext4 of the machine that the figures are from.
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

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from sqlalchemy import Engine

from bench.filling import unwatched
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
            turn = _turn(Path(memory), "memory")
            with engine.begin() as connection:
                connection.execute(log_heads.delete())  # this store knows of no head yet
            in_memory = _timed(lambda: _take(turn, engine, 2))
            with reading(engine) as connection:
                read = _timed(lambda: sum(1 for _ in positions.entries(connection, 0, count)))
                entries = list(positions.entries(connection, 0, count))
            bare, hashed = _timed(partial(_bare, entries)), _timed(partial(_tree, entries))
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
            "reading the register and hashing its entries, times bare hashing": round(read.cpu / bare.cpu, 2),
            "log made of the register, files in memory, times bare hashing": round(in_memory.cpu / bare.cpu, 2),
            "log made of the register, files on the disk, times bare hashing": round(on_disk.cpu / bare.cpu, 2),
            "log made of the register, files in memory, s on the clock": round(in_memory.clock, 2),
            "log made of the register, files on the disk, s on the clock": round(on_disk.clock, 2),
            "memory on top, KiB": grown,
            "files": sum(path.is_file() for path in Path(folder, "disk").rglob("*")),
            f"increment of {more}, median of three, ms on the clock": round(sorted(increments)[1] * 1000),
        }


class Time(NamedTuple):
    """Seconds of the processor, system included, and on the clock, which tells of the neighbours too."""

    cpu: float
    clock: float


def _timed(work: Callable[[], object]) -> Time:
    cpu, clock = time.process_time(), time.perf_counter()
    work()
    return Time(time.process_time() - cpu, time.perf_counter() - clock)


def _turn(folder: Path, name: str) -> LogTurn:
    return LogTurn(LogFiles(folder / name, durable=False), LogStore(folder / "store", durable=False), _signers())


def _bare(entries: list[bytes]) -> None:
    """Each leaf and each node once, in hashlib, and nothing else."""
    row = [sha256(b"\0" + entry).digest() for entry in entries]
    while len(row) > 1:
        row = [sha256(b"\1" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]


def _tree(entries: list[bytes]) -> None:
    TreeBuilder().append(map(leaves.leaf_of, entries))


def _take(turn: LogTurn, engine: Engine, now: int) -> None:
    turn.catch_up(engine)
    with engine.begin() as connection:
        turn.sign(connection, now)
    turn.finish()


def _fill(engine: Engine, first: int, count: int) -> None:
    header = cose.protected(b"\1")
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
    token = cose.Sign1(header, secrets.token_bytes(_PAYLOAD), secrets.token_bytes(64)).to_bytes()
    place = {"list": number, "idx": index, "status": 0, "token": token}
    return {"license_id": 1, "edition": 0, "cti": position.to_bytes(8, "big"), "kid": b"\1", "iat": 0, **place}


def _signers() -> tuple[NoteSigner, ...]:
    private = {
        keys.ED25519: ed25519.Ed25519PrivateKey.generate(),
        keys.COSIGNATURE: ed25519.Ed25519PrivateKey.generate(),
        keys.ML_DSA_44: MLDSA44PrivateKey.generate(),
    }
    return tuple(NoteSigner(keys.note_key(_ORIGIN, kind, key.public_key().public_bytes_raw()), key.sign) for kind, key in private.items())
