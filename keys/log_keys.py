"""The keys of the logs, and the witnesses that their heads need (docs/format.md §18).

    policy.json     "log": {"origin", "keys": [{"vkey", "state"}], "witnesses": [vkey], "threshold"}
                    "acts": {"origin", "lists_proven"}
    log/<id>.pem    the private key of each vkey, by its id (eight hex digits)

One set is three keys under one name, the origin: an Ed25519 key of notes, an Ed25519 cosigner with a timestamp, a cosigner of ML-DSA-44.
The log of acts has the same keys under another name, its own origin, which stands in everything that they sign, and the same witnesses
(docs/adr/0054). They belong to the publisher.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from seal import trust
from seal.trust import LogTerms
from transparency import keys
from transparency.errors import NoteError
from transparency.heads import Policy
from transparency.keys import COSIGNATURE, ED25519, ML_DSA_44, NoteKey
from transparency.signing import NoteSigner

from . import pem, possession
from .errors import CustodyError
from .strength import check_passphrase

FOLDER = "log"
_KINDS = (ED25519, COSIGNATURE, ML_DSA_44)


def start(origin: str) -> dict[str, Any]:
    """Return what a policy says of a log that has no keys yet. Raises CustodyError `log_origin_invalid`."""
    if not trust.ORIGIN.fullmatch(origin):
        raise CustodyError("log_origin_invalid", origin)
    return {"origin": origin, "keys": [], "witnesses": [], "threshold": 0}


def make(folder: Path, log: dict[str, Any], passphrase: bytes, *, root: bytes) -> tuple[NoteKey, ...]:
    """Make a further set of keys, note it in `log` with its proofs for the root of that kid, and return it.

    Raises CustodyError `passphrase_weak`, `log_keys_exhausted`.
    """
    check_passphrase(passphrase)
    if len(_active(log)) + len(_KINDS) > trust.LOG_KEYS_MAX:
        raise CustodyError("log_keys_exhausted")
    (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    made = tuple(_make(folder, str(log["origin"]), kind, passphrase, root) for kind in _KINDS)
    log["keys"] += [{"vkey": key.vkey(), "state": "active", "proof": proof.hex()} for key, proof in made]
    return tuple(key for key, _ in made)


def _make(folder: Path, origin: str, kind: int, passphrase: bytes, root: bytes) -> tuple[NoteKey, bytes]:
    private = MLDSA44PrivateKey.generate() if kind == ML_DSA_44 else Ed25519PrivateKey.generate()
    key = keys.note_key(origin, kind, private.public_key().public_bytes_raw())
    pem.write_private(_path(folder, key), private, passphrase)
    return key, possession.prove_log(root, key, private.sign)


def _path(folder: Path, key: NoteKey) -> Path:
    return folder / FOLDER / f"{key.key_id().hex()}.pem"


def _active(log: Mapping[str, Any], *, now: int | None = None) -> list[str]:
    """The keys that are not retired; at a moment, without those whose time is over by then."""
    return [entry["vkey"] for entry in log["keys"] if entry["state"] == "active" and (now is None or now < entry.get("until", now + 1))]


def signers(folder: Path, log: dict[str, Any] | None, passphrase: bytes, listed: Collection[str] | None = None) -> tuple[NoteSigner, ...]:
    """Return what signs heads: every active key, oldest first; of those that `listed` has, if it is given.

    Raises CustodyError `no_log_key` where there is no such key, or none of them lies here; `log_key_unlisted` where none of those here is
    published yet; `key_unknown` where one is missing.
    """
    active = [_parsed(vkey) for vkey in _active(log)] if log else []
    if not any(_path(folder, key).exists() for key in active):
        raise CustodyError("no_log_key", str(folder))
    used = [key for key in active if listed is None or key.vkey() in listed]
    if not used:
        raise CustodyError("log_key_unlisted", str(folder))
    return tuple(_signer(key, _path(folder, key), passphrase) for key in used)


def _signer(key: NoteKey, path: Path, passphrase: bytes) -> NoteSigner:
    private = pem.read_private(path, passphrase)
    if not isinstance(private, MLDSA44PrivateKey if key.kind == ML_DSA_44 else Ed25519PrivateKey):
        raise CustodyError("custody_corrupt", path.name)
    if private.public_key().public_bytes_raw() != key.public:
        raise CustodyError("custody_corrupt", path.name)
    return NoteSigner(key, private.sign)


def retire(log: dict[str, Any], key_id: str) -> None:
    """Let a key sign no more, and readers know it no more. Raises CustodyError `key_unknown`, `log_key_last`."""
    entry = next((each for each in log["keys"] if each["vkey"].split("+")[1] == key_id and each["state"] == "active"), None)
    if entry is None:
        raise CustodyError("key_unknown", key_id)
    if len(_active(log)) == 1:
        raise CustodyError("log_key_last", key_id)
    entry["state"] = "retired"


def ending(log: dict[str, Any], until: int) -> list[str]:
    """Let every active key end at `until` (seconds since 1970 UTC) at the latest; return their ids (hex). The next ones are made after."""
    active = [entry for entry in log["keys"] if entry["state"] == "active"]
    for entry in active:
        entry["until"] = min(until, entry.get("until", until))
    return [entry["vkey"].split("+")[1] for entry in active]


def set_witnesses(log: dict[str, Any], *, add: Iterable[str], remove: Iterable[str], threshold: int | None) -> None:
    """Take witnesses in (by vkey) and out (by vkey or name), and say how many a head needs.

    Raises CustodyError `witness_invalid` for what is no cosigner's vkey, `witness_unknown`, `witnesses_contradict` for a log that
    would be its own witness, one key under two names, more asked for than there are.
    """
    wanted = list(log["witnesses"])
    for each in remove:
        found = [vkey for vkey in wanted if each in (vkey, vkey.split("+")[0])]
        if not found:
            raise CustodyError("witness_unknown", each[:80])
        wanted = [vkey for vkey in wanted if vkey not in found]
    wanted += [each for each in dict.fromkeys(add) if each not in wanted]
    if any(_parsed(each, "witness_invalid").kind == ED25519 for each in wanted):
        raise CustodyError("witness_invalid", "a key of notes, not of a witness")
    changed = {**log, "witnesses": wanted, "threshold": log["threshold"] if threshold is None else threshold}
    check(changed)
    log.update(changed)


def start_acts(log: dict[str, Any] | None, acts: dict[str, Any] | None, origin: str | None = None) -> dict[str, Any]:
    """Return what a policy says of the log of acts: the origin that it has, else `origin`, else that of the log of seals with its own path.

    Raises CustodyError `no_log_key` where there are no keys to sign it with, `log_origin_invalid` (another one than it has, too).
    """
    if not log or not _active(log):
        raise CustodyError("no_log_key")
    held = acts or {"origin": origin or f"{str(log['origin']).split('/')[0]}/acts", "lists_proven": False}
    taken = held["origin"] in (log["origin"], *(vkey.split("+")[0] for vkey in log["witnesses"]))
    if origin not in (None, held["origin"]) or taken or not trust.ORIGIN.fullmatch(held["origin"]):
        raise CustodyError("log_origin_invalid", origin or held["origin"])
    return held


def named(signers: Iterable[NoteSigner], name: str) -> tuple[NoteSigner, ...]:
    """Return the same keys under another name: what they sign as one counts nothing as the other."""
    return tuple(NoteSigner(keys.note_key(name, each.key.kind, each.key.public), each.sign) for each in signers)


def act_terms(log: dict[str, Any] | None, acts: dict[str, Any] | None, *, now: int | None = None) -> LogTerms | None:
    """Return what the trust list says of the log of acts, None where it has none. Raises CustodyError as `check` does."""
    held = terms(log, now=now)
    if held is None or not acts:
        return None
    own = (_parsed(vkey) for vkey in held.keys)
    origin = str(acts["origin"])
    return held._replace(origin=origin, keys=tuple(keys.note_key(origin, key.kind, key.public).vkey() for key in own))


def check(log: dict[str, Any]) -> None:
    """Return if readers can go by these terms. Raises CustodyError `witnesses_contradict`, `custody_corrupt`."""
    held = _terms(log)
    try:
        own, witnesses = (tuple(map(_parsed, vkeys)) for vkeys in (held.keys, held.witnesses))
        Policy(held.origin, own, witnesses, held.threshold)
    except NoteError as error:
        raise CustodyError("witnesses_contradict", f"{held.threshold} of {len(held.witnesses)}") from error
    if not trust.log_holds(held):
        raise CustodyError("witnesses_contradict", f"{held.threshold} of {len(held.witnesses)}")


def stop(entry: dict[str, Any], position: int, size: int) -> int:
    """Mark a key as stolen when the log had `position` seals, and return that. What was said before is never moved later.

    Raises CustodyError `log_shorter` for more seals than the log has.
    """
    if position > size:
        raise CustodyError("log_shorter", f"{position} > {size}")
    stolen_at = min(position, entry.get("stolen_at", position))
    entry.update({"state": "compromised", "stolen_at": stolen_at})
    return int(stolen_at)


def terms(log: dict[str, Any] | None, *, now: int | None = None) -> LogTerms | None:
    """Return what the trust list says of the log, None where it has no keys. Raises CustodyError as `check` does.

    `now` (seconds since 1970 UTC): without the keys whose time is over by then.
    """
    if not log or not _active(log, now=now):
        return None
    check(log)
    return _terms(log, now=now)


def _terms(log: Mapping[str, Any], *, now: int | None = None) -> LogTerms:
    try:
        return LogTerms(str(log["origin"]), tuple(_active(log, now=now)), tuple(map(str, log["witnesses"])), int(log["threshold"]))
    except (KeyError, TypeError, ValueError) as error:
        raise CustodyError("custody_corrupt", "log") from error


def _parsed(vkey: str, code: str = "custody_corrupt") -> NoteKey:
    try:
        return keys.parse(vkey)
    except NoteError as error:
        raise CustodyError(code, vkey[:80]) from error
