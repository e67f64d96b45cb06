"""Reading and writing the folder. A bad file never replaces a good one, neither on disk nor in a verifier's memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from seal import status, trust
from seal.errors import ListError
from seal.status import StatusList, StatusLists
from seal.trust import Pinned, TrustList

from . import listed, log, pinning, whole
from .log import Log
from .memory import Memory

TRUST_LIST = "trust-list"  # for readers that pin one key
STATUS = "status"
FILE_MAX = 8 << 20  # octets; a trust list of a thousand keys is 1 MB

#: Codes of what was wrong, by file name within the folder.
Faults = Mapping[str, str]


class Loaded(NamedTuple):
    """What a verifier works with: verified lists, and what could not be used."""

    trust: TrustList
    status: StatusLists
    faults: Faults
    log: Log | None = None


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put `files` (by name) into the folder: all are on the disk before the first takes its place. What a killed run began is cleared away.

    Readers see each old file or the new one, also after a power cut. Raises OSError, for example on a full disk; then nothing has changed.
    """
    for kept in (folder, folder / STATUS, folder / listed.PROOFS, folder / pinning.ROOTS):
        whole.clear(kept)
    whole.write({folder / name: data for name, data in files.items()}, mode=0o644)


def trust_list(folder: Path, *, root: Pinned, seen_sequence: int = 0) -> TrustList:
    """Return the trust list in the folder, by the newest root that can be reached from `root`, and read nothing else. Raises ListError."""
    newest = pinning.newest(folder, root).root
    return trust.verify(_read(folder, pinning.trust_list_of(newest)), root=newest, seen_sequence=seen_sequence)


def load(folder: Path, *, root: Pinned, memory: Memory) -> Loaded:
    """Return everything in the folder that holds, and why the rest does not.

    Raises ListError where there is no trust list to go by; a status list that cannot be used is only missing.
    `memory` learns what was seen.
    """
    newest, faults = pinning.newest(folder, root, memory)
    trusted = trust.verify(_read(folder, pinning.trust_list_of(newest)), root=newest, seen_sequence=memory.trust_sequence)
    if memory.mended:
        faults["state"] = "memory_mended"
    lists: list[StatusList] = []
    for path in _numbered(folder / STATUS):
        try:
            data = _read(folder, f"{STATUS}/{path.name}")
            entry = status.verify(data, trust=trusted)
            listed.require(data, folder, trusted)
            if entry.iat < memory.status_iat.get(entry.uri, 0):
                raise ListError("status_list_older", entry.uri)
            lists.append(entry)
        except ListError as error:
            faults[f"{STATUS}/{path.name}"] = error.code
    memory.learn(trusted.sequence, {entry.uri: entry.iat for entry in lists})
    view, fault = log.load(folder, trusted.log, memory) if trusted.log else (None, "")
    return Loaded(trusted, status.collect(lists), {**faults, log.CHECKPOINT: fault} if fault else faults, view)


def names(folder: Path) -> dict[str, list[str]]:
    """Return the names of the files in the folder, {"status": …, "roots": …}: what a phone may fetch beside the trust list."""
    return {kind: [path.name for path in _numbered(folder / kind)] for kind in (STATUS, pinning.ROOTS)}


def _numbered(folder: Path) -> list[Path]:
    return sorted((path for path in folder.glob("*") if re.fullmatch(r"[1-9][0-9]{0,3}", path.name)), key=lambda path: int(path.name))


def _read(folder: Path, name: str) -> bytes:
    kind = "status_list" if name.startswith(f"{STATUS}/") else "trust_list"
    try:
        with (folder / name).open("rb") as stream:
            data = stream.read(FILE_MAX + 1)
    except FileNotFoundError as error:
        raise ListError(f"{kind}_missing", str(folder / name if folder.is_dir() else folder)) from error
    except OSError as error:
        raise ListError(f"{kind}_corrupt", f"{folder / name}: {error.strerror}") from error
    if len(data) > FILE_MAX:
        raise ListError(f"{kind}_corrupt", f"{folder / name}: too large")
    return data
