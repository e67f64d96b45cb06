"""What the published folder says: the trust list and its keys, the status lists, the log and its witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import published
from issuer import endings
from issuer.errors import IssuerError
from issuer.log import stored
from keys import places, protection
from published import Memory
from published.log import policy_of
from seal import days
from seal.errors import ListError
from seal.status import STALE_SECONDS, StatusList
from seal.trust import FRESH_SECONDS, LogTerms, Pinned, TrustList
from transparency import heads, notes
from transparency.errors import LogError
from transparency.heads import Head

from .findings import Finding, Level, Value, by_age, span


def look(folder: Path, root: Path, store: Path | None, *, now: int) -> Iterator[Finding]:
    """Yield what the folder says by the root in `root`; `store` keeps the last checkpoint of the log, None on another machine.

    Times are in seconds since 1970 UTC.
    """
    try:
        loaded = published.load(folder, root=published.read_root(root), memory=Memory(), now=now)
    except ListError as error:
        yield Finding("trust list", Level.NOW, error.code, error.detail)
        return
    yield from _root(published.newest_root(folder, root), now=now)
    yield from keys(loaded.trust, now=now)
    yield from (Finding(name, Level.NOW, code, name) for name, code in loaded.faults.items())
    yield from _status_lists(list(loaded.status.lists.values()), now=now)
    if loaded.trust.log:
        yield from _log(folder, loaded.trust.log, store, now=now)
    else:
        yield Finding("log", Level.SOON, "log_none")
    if loaded.trust.acts and store:  # its numbers are nobody's alarm: lists go stale with it
        acts = _log(folder, loaded.trust.acts, store, name=stored.ACTS, now=now)
        yield from (each._replace(values=()) for each in acts if each.level and each.code != "witnesses_none")


def _root(root: Pinned, *, now: int) -> Iterator[Finding]:
    """Yield that the root document ends soon, and no list counts from then on; one that is handed over to the same holders lasts longer."""
    if root.expires is not None and (left := root.expires - now) <= endings.KEY_SOON:
        level = Level.NOW if left <= endings.KEY_NOW else Level.SOON
        yield Finding("root", level, "root_ended" if left <= 0 else "root_ends", f"{days.last_day_of(root.expires)}")


def keys(trust: TrustList, *, now: int) -> Iterator[Finding]:
    """Yield what ends soon, and one finding with the numbers of all that is in use."""
    found = list(endings.endings(trust, now=now))
    for each in found:
        yield Finding(each.detail.partition(" ")[0], Level.NOW if each.urgent else Level.SOON, each.code, each.detail)
    used = endings.in_use(trust, now=now)
    values = [Value("trust_list_ends_seconds", trust.next_update - now), Value("trust_list_sequence", trust.sequence)]
    for key in used:
        labels = {"kid": key.kid.hex(), "authority": key.authority, "roles": "+".join(key.roles)}
        values.append(Value("key_ends_seconds", key.not_after - now, labels))
    told = f"{len(used)}, {days.last_day_of(trust.next_update)}"
    yield Finding("trust list", Level.FINE, "keys_counted" if found else "keys_fine", told, tuple(values))


def _status_lists(lists: list[StatusList], *, now: int) -> Iterator[Finding]:
    ages = {entry.uri: now - entry.iat for entry in lists}
    values = tuple(Value("status_list_age_seconds", age, {"list": uri.rsplit("/", maxsplit=1)[-1]}) for uri, age in ages.items())
    if not ages:
        yield Finding("status lists", Level.UNKNOWN, "status_lists_none")
        return
    oldest = max(ages.values())
    level = by_age(oldest, soon=FRESH_SECONDS, now=STALE_SECONDS)
    code = ("status_lists_fine", "status_lists_ageing", "", "status_lists_stale")[level]
    yield Finding("status lists", level, code, f"{len(ages)}, {span(oldest)}", values)


def _log(folder: Path, terms: LogTerms, store: Path | None, *, name: str = stored.NAME, now: int) -> Iterator[Finding]:
    try:
        data = (folder / name / "checkpoint").read_bytes()[: notes.NOTE_MAX + 1]
        head = heads.verify(data, policy_of(terms))
        kept = stored.LogStore(store, name).read() if store else None
    except FileNotFoundError:
        yield Finding(name, Level.NOW, "log_unpublished", name)
        return
    except (LogError, IssuerError) as error:
        yield Finding(name, Level.NOW, "log_head_wrong", error.code)
        return
    except OSError as error:
        yield Finding(name, Level.UNKNOWN, "log_head_wrong", error.strerror or "")
        return
    size, age = head.checkpoint.size, now - head.timestamp
    values = (Value("log_size", size), Value("log_head_age_seconds", age))
    level = by_age(age, soon=FRESH_SECONDS, now=STALE_SECONDS)
    yield Finding(name, level, "log_old" if level else "log_fine", f"{size}, {span(age)}", values)
    if kept is None and store:
        yield Finding(f"{name} store", Level.NOW, "log_store_empty", str(store))
    elif kept and kept.checkpoint.size > size:
        yield Finding(f"{name} store", Level.SOON, "log_published_behind", f"{size} < {kept.checkpoint.size}")
    yield _witnesses(head, terms)


def _witnesses(head: Head, terms: LogTerms) -> Finding:
    names = {key.name for key in policy_of(terms).witnesses}
    if not names:
        return Finding("witnesses", Level.SOON, "witnesses_none")
    missing = sorted(names - head.witnesses)
    values = (Value("log_witnesses", len(head.witnesses)), Value("log_witnesses_needed", terms.threshold))
    if missing:
        return Finding("witnesses", Level.SOON, "witnesses_missing", ", ".join(missing), values)
    return Finding("witnesses", Level.FINE, "witnesses_fine", str(len(names)), values)


def store(folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the files of the key store that lie here. No passphrase is needed."""
    if not folder.is_dir():
        yield Finding("key store", Level.UNKNOWN, "key_store_elsewhere", str(folder))
        return
    files = [*protection.private_files(folder), *places.files(folder)]
    loose = [path.relative_to(folder).as_posix() for path in files if path.stat().st_mode & 0o077]
    if loose:
        yield Finding("key store", Level.NOW, "key_open_to_others", ", ".join(loose))
    if open_ := [str(each) for each in sorted({folder, *(path.parent for path in files)}) if each.stat().st_mode & 0o022]:
        yield Finding("key store", Level.NOW, "folder_writable", ", ".join(open_))
    if old := protection.outdated(folder):
        yield Finding("key store", Level.SOON, "key_protection_old", ", ".join(old))
    if not loose and not open_ and not old:
        yield Finding("key store", Level.FINE, "key_store_fine", str(len(files)))
