"""The ceremony of the trust list: an office asks, the root looks and signs, the office accepts (docs/how-to/ceremony.md).

The three steps meet in files that people carry. Each is a function of folders and octets; the commands around them ask people.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import published
from published import whole
from seal import trust
from seal.errors import ListError
from seal.trust import TrustList
from transparency import keys as note_keys
from transparency.errors import NoteError

from . import differences, merging, next_list, possession, root_signing
from .custody import POLICY, Custody
from .differences import Difference
from .errors import CustodyError
from .requests import Request
from .root_memory import RootMemory
from .root_signing import NOBODY_YET, Files

ACCEPTED = published.TRUST_LIST  # in the key store: the newest list that was accepted here
AHEAD_MAX = 600  # seconds: what is dated further ahead readers do not take yet
_ASKED_MOST = 50


class Known(NamedTuple):
    """The newest signed list that an office has at hand: its files, and what they say."""

    files: Files
    held: TrustList


class Examined(NamedTuple):
    """A request as the root sees it. `before` is the newest list that the root knows; `again`: this very list was signed before."""

    request: Request
    before: TrustList | None
    after: TrustList
    differences: tuple[Difference, ...]
    again: bool


def known(custody: Custody, folder: Path | None) -> Known | None:
    """Return the newest list that the root signed, of the one accepted here and the one among the published files `folder`.

    A published file that the root did not sign is passed over. Raises CustodyError, OSError, ListError for the root's own file.
    """
    root = root_signing.pinned(custody.folder)
    found = []
    for where in (custody.folder, *([folder] if folder else [])):
        try:
            if files := root_signing.read(where):
                found.append(Known(files, root_signing.verify_before(files, custody.folder)))
        except ListError as error:
            if where == custody.folder:
                raise CustodyError("custody_corrupt", f"{ACCEPTED}: {error.code}") from error
    return max((each for each in found if each.held.sequence >= root.floor_sequence), key=lambda each: each.held.sequence, default=None)


def ask(custody: Custody, folder: Path | None = None, *, now: int, sequence: int | None = None) -> Request:
    """Return what this office asks the root to sign at `now` (seconds since 1970 UTC), and note that it asked.

    It builds on the newest list at hand; one that another machine had signed is learnt first. `sequence` is a number to skip to, after
    an answer that was lost. Raises CustodyError `proof_missing`, `sequence_not_next`, `kid_taken`, `request_unclear`; ListError; OSError.
    """
    base = known(custody, folder)
    if base and base.held.sequence > custody.policy["sequence"]:
        custody.policy = merging.merged(custody.policy, base.held)
    next_ = int(custody.policy["sequence"]) + 1
    if sequence is not None and sequence < next_:
        raise CustodyError("sequence_not_next", f"{sequence}, {next_}")
    held = next_list.next_trust_list(custody, now=now, sequence=sequence or next_)
    request = Request(trust.to_bytes(held), base.files if base else NOBODY_YET, dict(_proofs(custody.policy)))
    if missing := list(unproven(request, base.held if base else None, held, _root(custody.folder))):
        raise CustodyError("proof_missing", ", ".join(missing))
    differences.understood(request.asked)  # what a root would refuse is not noted as asked for
    _note(custody, request.asked)
    return request


def unspent(custody: Custody) -> int | None:
    """Return the number to ask for where root and office are one folder: one that the root gave away to a run that was ended is gone.

    None: the next one is free.
    """
    newest = RootMemory(custody.folder).newest()
    return newest.sequence + 1 if newest is not None and newest.sequence > custody.policy["sequence"] else None


def _note(custody: Custody, asked: bytes) -> None:
    digests = [each for each in custody.policy.get("asked", []) if each != _digest(asked)]
    custody.policy["asked"] = [*digests, _digest(asked)][-_ASKED_MOST:]
    custody.save()


def examine(folder: Path, request: Request) -> Examined:
    """Look, with the root in `folder`, at what is asked; nothing is signed or remembered.

    Raises CustodyError: `request_unclear`, `sequence_taken`, `list_forked`, `proof_missing`, and what `differences.refuse` never lets pass;
    ListError where the request builds on something that this root did not sign.
    """
    memory, newest = RootMemory(folder), RootMemory(folder).newest()
    before = root_signing.verify_before(request.on, folder) if request.on else None
    if before is not None:
        _same_as_signed(memory, before, request)
    if newest is not None and (before is None or newest.sequence > before.sequence):
        before = newest
    after = differences.understood(request.asked)
    again = memory.must_fit(after.sequence, request.asked)
    if not again:
        differences.refuse(before, after)
    if missing := list(unproven(request, before, after, _root(folder))):
        raise CustodyError("proof_missing", ", ".join(missing))
    return Examined(request, before, after, tuple(differences.between(before, after)), again)


def _same_as_signed(memory: RootMemory, before: TrustList, request: Request) -> None:
    try:
        memory.must_fit(before.sequence, _payload(request.on))
    except CustodyError as error:
        raise CustodyError("list_forked", error.detail) from error


def sign(folder: Path, examined: Examined, passphrase: bytes, so_far: Files = NOBODY_YET) -> Files:
    """Sign what was examined and agreed to. The root remembers first, so that the number is taken for good.

    Raises CustodyError `memory_moved` where another ceremony was quicker; as `root_signing.sign`; OSError.
    """
    request, memory = examined.request, RootMemory(folder)
    root_signing.signer(folder, passphrase)  # a wrong passphrase takes no number
    with memory.alone():
        newest = memory.newest()
        if newest is not None and newest.sequence > max(examined.after.sequence, examined.before.sequence if examined.before else 0):
            raise CustodyError("memory_moved", str(newest.sequence))
        if request.on and examined.before:
            memory.learn(root_signing.verify_before(request.on, folder).sequence, _payload(request.on))
        memory.learn(examined.after.sequence, request.asked)
        return root_signing.sign(folder, request.asked, passphrase, so_far)


def check_answer(custody: Custody, files: Files, folder: Path | None, *, now: int) -> TrustList:
    """Return the list that came back, if it may be installed; nothing is changed.

    Raises ListError for what the root did not sign; CustodyError `not_asked`, `answer_older`, `answer_ahead`, `answer_lapsed`.
    """
    held = root_signing.verify(files, custody.folder)
    root_signing.check_documents(files, custody.folder)
    payload = _payload(files)
    base = known(custody, folder)
    if base and base.held.sequence >= held.sequence and _payload(base.files) != payload:
        raise CustodyError("answer_older", f"{held.sequence}, {base.held.sequence}")
    if _digest(payload) not in custody.policy.get("asked", []):
        raise CustodyError("not_asked", f"{held.sequence}")
    if held.issued_at > now + AHEAD_MAX:
        raise CustodyError("answer_ahead", f"{trust.moment(held.issued_at):%Y-%m-%d %H:%M} UTC")
    if held.next_update <= now:
        raise CustodyError("answer_lapsed", f"{trust.moment(held.next_update):%Y-%m-%d %H:%M} UTC")
    return held


def accept(custody: Custody, files: Files, folder: Path | None, *, now: int) -> TrustList:
    """Install what came back from the root: into the key store, and among the published files `folder`.

    Everything is on the disk before the first file takes its place; killed between two of them, it is run again. What this office has
    learnt of stolen keys since it asked stays, and is asked for with the next list. Raises as `check_answer`; OSError.
    """
    held = check_answer(custody, files, folder, now=now)
    custody.policy["sequence"] = max(held.sequence, custody.policy["sequence"])
    for kid, key in held.keys.items():
        _ended(custody.policy["keys"].get(kid.hex(), {}), key.not_after, held.issued_at)
    targets = {custody.folder / name: data for name, data in files.items()} | {custody.folder / POLICY: custody.to_bytes()}
    if folder:
        targets |= {folder / name: data for name, data in files.items()}
    for each in {target.parent for target in targets}:
        whole.clear(each)
    whole.write(targets, mode=0o644)
    return held


def _ended(entry: dict[str, Any], not_after: int, issued_at: int) -> None:
    """Note the end of a key that gave way with this list."""
    if "ends" in entry and not_after <= next_list.ends_at(entry, issued_at):
        entry["not_after"] = min(entry["not_after"], not_after)
        del entry["ends"]


def waiting(custody: Custody, held: TrustList) -> list[Difference]:
    """Return what this office knows or wants that the list does not say yet."""
    wanted = next_list.next_trust_list(custody, now=held.issued_at, sequence=held.sequence + 1)
    return differences.between(held, wanted)


def in_one(custody: Custody, passphrase: bytes, folder: Path | None = None, *, now: int) -> Files:
    """Ask, sign and accept where root and office are one folder, and nobody is asked: for throw-away houses. Raises as the three do."""
    examined = examine(custody.folder, ask(custody, folder, now=now, sequence=unspent(custody)))
    files = sign(custody.folder, examined, passphrase)
    accept(custody, files, folder, now=now)
    return files


def unproven(request: Request, before: TrustList | None, after: TrustList, root: bytes) -> Iterator[str]:
    """Yield each new key whose proof of possession is missing or does not hold."""
    for kid, key in after.keys.items():
        if (before is None or kid not in before.keys) and not possession.holds(root, key, request.proofs.get(kid.hex(), b"")):
            yield kid.hex()
    listed = set(before.log.keys) if before and before.log else set()
    for vkey in after.log.keys if after.log else ():
        if vkey not in listed and not _log_key_proven(root, vkey, request.proofs.get(vkey, b"")):
            yield vkey[:80]
    ours = {_public(vkey) for vkey in (after.log.keys if after.log else ())}
    yield from (vkey[:80] for vkey in (after.acts.keys if after.acts else ()) if _public(vkey) not in ours)


def _log_key_proven(root: bytes, vkey: str, proof: bytes) -> bool:
    try:
        return possession.log_holds(root, note_keys.parse(vkey), proof)
    except NoteError:
        return False


def _public(vkey: str) -> bytes:
    try:
        return note_keys.parse(vkey).public
    except NoteError as error:
        raise CustodyError("request_unclear", vkey[:80]) from error


def _proofs(held: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield from ((kid, bytes.fromhex(entry["proof"])) for kid, entry in held["keys"].items() if "proof" in entry)
    log = held.get("log") or {"keys": ()}
    yield from ((entry["vkey"], bytes.fromhex(entry["proof"])) for entry in log["keys"] if "proof" in entry)


def _root(folder: Path) -> bytes:
    return root_signing.kid(folder)


def _payload(files: Files) -> bytes:
    return root_signing.payload_of(files)


def _digest(payload: bytes) -> str:
    return sha256(payload).hexdigest()
