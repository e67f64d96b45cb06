"""Reading and writing the folder. A bad file never replaces a good one, neither on disk nor in a verifier's memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from seal import dating, status, trust
from seal.dating import Dates
from seal.errors import ListError
from seal.status import StatusList, StatusLists
from seal.trust import Pinned, TrustList

from . import listed, log, order, pinning, whole
from .log import Log
from .memory import Memory, Met

TRUST_LIST = "trust-list"  # for readers that pin one key
STATUS = "status"
CLOCK = "clock"  # among the faults: this machine's
FILE_MAX = 8 << 20  # octets; a trust list of a thousand keys is 1 MB

#: Codes of what was wrong, by file name within the folder.
Faults = Mapping[str, str]


class Loaded(NamedTuple):
    """What a verifier works with: verified lists, and what could not be used."""

    trust: TrustList
    status: StatusLists
    faults: Faults
    log: Log | None
    dates: Dates  # who signed when, against the clock of the look


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


def load(folder: Path, *, root: Pinned, memory: Memory, now: int, held: TrustList | None = None) -> Loaded:
    """Return everything in the folder that holds at `now` (seconds since 1970 UTC), and why the rest does not.

    What one signer dated ahead of `now` is not there yet; where two independent ones did, everything is used and this clock is behind
    (docs/format.md §7). Neither is learnt. `held` is the trust list of before, to go by while a newer one is not there yet.
    Raises ListError where there is no trust list to go by; a status list that cannot be used is only missing.
    `memory` learns what was seen. Where `folder` is a link that is turned while this runs, all of it is of one of the two folders.
    """
    folder = folder.resolve()
    newest, faults = pinning.newest(folder, root, memory)
    name, dates = pinning.trust_list_of(newest), Dates(now)
    data = _read(folder, name)
    trusted = trust.verify(data, root=newest, seen_sequence=memory.trust_sequence)
    said = sha256(newest.payload(data)).digest()
    memory.check_trust(trusted.sequence, said, data)
    if memory.mended:
        faults["state"] = "memory_mended"
    late = dates.note(dating.ROOT, trusted.issued_at)
    if not late:
        memory.learn_trust(trusted.sequence, said, data)
    found = _found(folder, trusted, memory, dates, faults)
    view, fault = log.load(folder, trusted.log, memory, dates) if trusted.log else (None, "")
    if fault:
        faults[log.CHECKPOINT] = fault
    if dates.disagrees:
        faults[CLOCK] = "clock_disagrees"
    elif late:
        if held is None:
            raise ListError("trust_list_ahead", f"{trusted.issued_at - now} s")
        trusted, faults = held, faults | {name: "trust_list_ahead"}
        found = _found(folder, trusted, memory, dates, faults)
    there = {file: each for file, each in found.items() if not dates.ahead(each.entry.iat)}
    memory.learn_lists(there)
    if not dates.disagrees:
        faults |= dict.fromkeys((each for each in found if each not in there and not found[each].code), "status_list_ahead")
    good, now_good = ([each.entry for each in some.values() if not each.code] for some in (found, there))
    used = good if dates.disagrees else now_good
    withheld = {each.entry.uri: each.code for each in found.values() if each.code not in ("", order.OLDER)}
    uris = {entry.uri for entry in good} - {entry.uri for entry in used}
    lists = status.collect(used, withheld)._replace(attested=dates.attested, dated=dates.dated, ahead=frozenset(uris))
    return Loaded(trusted, lists, faults, view, dates)


def _found(folder: Path, trusted: TrustList, memory: Memory, dates: Dates, faults: dict[str, str]) -> dict[str, Met]:
    """Return the status lists that hold, by file, and note the dates of those that may count; what is wrong with any goes to `faults`."""
    lists, unreadable = _lists(folder, trusted, dates)
    found = memory.meet(trusted, lists)
    for name in (*unreadable, *found):
        faults.pop(name, None)
    faults |= unreadable | {name: each.code for name, each in found.items() if each.code}
    for each in found.values():
        if not each.code:
            dates.note(dating.PUBLISHER, each.entry.iat)
    return found


def _lists(folder: Path, trusted: TrustList, dates: Dates) -> tuple[dict[str, tuple[StatusList, bytes]], dict[str, str]]:
    """Return the status lists that hold, and as they were read, by name; and why the others do not. Witnesses' dates are noted."""
    met: dict[str, tuple[StatusList, bytes]] = {}
    faults: dict[str, str] = {}
    for path in _numbered(folder / STATUS):
        name = f"{STATUS}/{path.name}"
        try:
            data = _read(folder, name)
            entry = status.verify(data, trust=trusted)
            listed.require(data, folder, trusted, dates)
            met[name] = entry, data
        except ListError as error:
            faults[name] = error.code
    return met, faults


def status_lists(folder: Path, trusted: TrustList) -> dict[str, StatusList]:
    """Return the status lists in the folder that hold, by name; void ones are among them, and nothing is learnt."""
    return {name: entry for name, (entry, _) in _lists(folder, trusted, Dates(0))[0].items()}


def highest_number(folder: Path, trusted: TrustList) -> int:
    """Return the highest number of a status list in the folder that holds and is not void, 0 without any."""
    held = status_lists(folder, trusted).values()
    return max((entry.sequence for entry in held if not trusted.keys[entry.kid].voids(entry.sequence)), default=0)


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
