"""Reading and writing the folder. A bad file never replaces a good one, neither on disk nor in a verifier's memory."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from seal import cose, status, trust
from seal.errors import FormatError, ListError
from seal.status import StatusList, StatusLists
from seal.trust import Root, TrustList

from . import listed, log, order, whole
from .log import Log
from .memory import Memory

TRUST_LIST = "trust-list"
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
    for kept in (folder, folder / STATUS, folder / listed.PROOFS):
        whole.clear(kept)
    whole.write({folder / name: data for name, data in files.items()}, mode=0o644)


def read_root(path: Path) -> Root:
    """Return the pinned root in a JWK file (RFC 7517) with the member `floor_sequence`.

    Raises ListError `root_missing`, `root_unreadable` or `root_invalid`; the detail names the file.
    """
    try:
        jwk = json.loads(path.read_text("utf-8"))
        if jwk["kty"] != "EC" or jwk["crv"] != "P-256" or type(jwk["floor_sequence"]) is not int:
            raise ListError("root_invalid", f"{path}: not a P-256 key with a floor_sequence")
        key = trust.public_key(_base64url(jwk["x"]), _base64url(jwk["y"]))
        return Root(bytes.fromhex(jwk["kid"]), key, jwk["floor_sequence"])
    except FileNotFoundError as error:
        raise ListError("root_missing", str(path)) from error
    except OSError as error:
        raise ListError("root_unreadable", f"{path}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, FormatError) as error:
        raise ListError("root_invalid", f"{path}: {type(error).__name__}") from error


def _base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def trust_list(folder: Path, *, root: Root, seen_sequence: int = 0) -> TrustList:
    """Return the trust list in the folder, and read nothing else. Raises ListError."""
    return trust.verify(_read(folder, TRUST_LIST), root=root, seen_sequence=seen_sequence)


def load(folder: Path, *, root: Root, memory: Memory) -> Loaded:
    """Return everything in the folder that holds, and why the rest does not.

    Raises ListError where there is no trust list to go by; a status list that cannot be used is only missing.
    `memory` learns what was seen.
    """
    data = _read(folder, TRUST_LIST)
    trusted = trust.verify(data, root=root, seen_sequence=memory.trust_sequence)
    memory.meet_trust(trusted.sequence, sha256(cose.from_bytes(data).payload).digest(), data)
    faults = {"state": "memory_mended"} if memory.mended else {}
    met, unreadable = _lists(folder, trusted)
    late = memory.meet_lists(trusted, met)
    lists = [entry for name, (entry, _) in met.items() if name not in late]
    withheld = {met[name][0].uri: code for name, code in late.items() if code != order.OLDER}
    view, fault = log.load(folder, trusted.log, memory) if trusted.log else (None, "")
    faults |= unreadable | late | ({log.CHECKPOINT: fault} if fault else {})
    return Loaded(trusted, status.collect(lists, withheld), faults, view)


def _lists(folder: Path, trusted: TrustList) -> tuple[dict[str, tuple[StatusList, bytes]], dict[str, str]]:
    """Return the status lists that hold, and as they were read, by name; and why the others do not."""
    met: dict[str, tuple[StatusList, bytes]] = {}
    faults: dict[str, str] = {}
    for path in _numbered(folder / STATUS):
        name = f"{STATUS}/{path.name}"
        try:
            data = _read(folder, name)
            entry = status.verify(data, trust=trusted)
            listed.require(data, folder, trusted)
            met[name] = entry, data
        except ListError as error:
            faults[name] = error.code
    return met, faults


def status_lists(folder: Path, trusted: TrustList) -> dict[str, StatusList]:
    """Return the status lists in the folder that hold, by name; void ones are among them, and nothing is learnt."""
    return {name: entry for name, (entry, _) in _lists(folder, trusted)[0].items()}


def highest_number(folder: Path, trusted: TrustList) -> int:
    """Return the highest number of a status list in the folder that holds and is not void, 0 without any."""
    held = status_lists(folder, trusted).values()
    return max((entry.sequence for entry in held if not trusted.keys[entry.kid].voids(entry.sequence)), default=0)


def names(folder: Path) -> dict[str, list[str]]:
    """Return the names of the lists in the folder, {"status": …}: what a phone may fetch beside the trust list."""
    return {"status": [path.name for path in _numbered(folder / STATUS)]}


def _numbered(folder: Path) -> list[Path]:
    return sorted((path for path in folder.glob("*") if re.fullmatch(r"[1-9][0-9]{0,3}", path.name)), key=lambda path: int(path.name))


def _read(folder: Path, name: str) -> bytes:
    kind = {TRUST_LIST: "trust_list", STATUS: "status_list"}[name.split("/", maxsplit=1)[0]]
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
