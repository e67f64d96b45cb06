"""How a witness stands: each log that it follows, what it cosigned last of it, and what it saw the log do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from . import evidence, record
from . import folder as folders
from .errors import SENTENCES
from .evidence import Case
from .folder import PinnedLog
from .record import Cosigned

WELL, WRONGED, OPEN = 0, 1, 3
_AHEAD = 60  # seconds that a clock may differ by and nobody is told


@dataclass(frozen=True, slots=True)
class Standing:
    """A log, what was cosigned last of it, and the cases against it."""

    log: PinnedLog
    cosigned: Cosigned | None
    cases: tuple[Case, ...]


def read(folder: Path) -> tuple[Standing, ...]:
    """Return how each log stands, by origin. No private key is needed. Raises StateError, OSError."""
    who = folders.identity(folder)
    return tuple(
        Standing(log, record.read(folder, who, log), tuple(evidence.cases(folder, log.origin))) for log in folders.followed(folder)
    )


def exit_code(standings: tuple[Standing, ...]) -> int:
    """Return 1 where a fork or rollback is proven, 3 where a tree came without a proof that holds and was not explained since, else 0."""
    kinds = {case.kind for standing in standings for case in standing.cases}
    if kinds - {evidence.UNPROVEN}:
        return WRONGED
    return OPEN if kinds else WELL


def lines(standings: tuple[Standing, ...], *, now: int) -> Iterator[str]:
    """Return it for people. `now`: POSIX seconds."""
    for standing in standings:
        yield standing.log.origin
        yield f"  address   /{folders.hash_of(standing.log.origin)}/checkpoint"
        yield f"  keys      {', '.join(key.key_id().hex() for key in standing.log.keys)}"
        yield from _cosigned(standing.cosigned, now)
        for case in standing.cases:
            yield f"  {SENTENCES.both(f'case_{case.kind}', f'size {case.size}, {_moment(case.seen)}, {case.place}')}"
    if not standings:
        yield SENTENCES.both("no_logs")


def _cosigned(cosigned: Cosigned | None, now: int) -> Iterator[str]:
    if cosigned is None:
        yield f"  {SENTENCES.both('nothing_cosigned')}"
        return
    yield f"  size      {cosigned.checkpoint.size}"
    yield f"  cosigned  {_moment(cosigned.timestamp)}"
    if cosigned.timestamp > now + _AHEAD:
        yield f"  {SENTENCES.both('clock_behind')}"


def as_json(folder: Path, standings: tuple[Standing, ...]) -> dict[str, object]:
    """Return it for programs: times in ISO 8601, UTC."""
    who = folders.identity(folder)
    return {"name": who.name, "keys": [key.vkey() for key in who.keys], "logs": [_log(each) for each in standings]}


def _log(standing: Standing) -> dict[str, object]:
    cosigned = standing.cosigned
    return {
        "origin": standing.log.origin,
        "address": f"/{folders.hash_of(standing.log.origin)}/checkpoint",
        "keys": [key.vkey() for key in standing.log.keys],
        "size": cosigned.checkpoint.size if cosigned else None,
        "root": cosigned.checkpoint.root.hex() if cosigned else None,
        "cosigned": _moment(cosigned.timestamp) if cosigned else None,
        "cases": [{"kind": each.kind, "size": each.size, "seen": _moment(each.seen), "folder": str(each.place)} for each in standing.cases],
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
