"""A new log in the place of another one, under a name of its own: when a log was shown in two forms, and who saw both goes by neither.

    policy.json     "former_logs": [{"log", "acts"}], the oldest first: what "log" and "acts" said of each (log_keys.py)

The new log has every seal of the register at the position that it had, so nothing changes for a code that hangs. A former log's keys sign
on, for the house that still publishes by them, until a trust list names the new ones; from then on nothing counts that they sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from seal import trust
from transparency.keys import NoteKey

from . import log_keys
from .errors import CustodyError

FORMER = "former_logs"
_NUMBERED = re.compile(r"(.*?)(?:-\d+)?")


def begin(
    folder: Path, policy: dict[str, Any], passphrase: bytes, *, root: bytes, origin: str | None = None, acts_origin: str | None = None
) -> tuple[NoteKey, ...]:
    """Let another log of seals, and of acts where they are published, take the place of what the policy has; return its keys.

    Both get names that no log had yet, `origin` and `acts_origin` or the next in order, and keys made now, which prove themselves to the
    root of that kid. The witnesses stay. Raises CustodyError `no_log_key`, `log_origin_invalid`, `passphrase_weak`.
    """
    log, acts = policy.get("log"), policy.get("acts")
    if not log or not log["keys"]:
        raise CustodyError("no_log_key", str(folder))
    taken = _names(policy)
    after = {**log_keys.start(_name(origin, str(log["origin"]), taken)), "witnesses": list(log["witnesses"]), "threshold": log["threshold"]}
    changed = deepcopy(policy)
    changed[FORMER] = [*policy.get(FORMER, []), {"log": log, "acts": acts}]
    changed["log"] = after
    if acts:
        changed["acts"] = {**acts, "origin": _name(acts_origin, str(acts["origin"]), taken | {after["origin"]})}
    made = log_keys.make(folder, after, passphrase, root=root)
    log_keys.check(after)
    policy.update(changed)
    return made


def logs(policy: Mapping[str, Any]) -> Iterator[dict[str, Any] | None]:
    """Yield what the policy says of the log of seals and of those before it, the newest first."""
    yield policy.get("log")
    for each in reversed(policy.get(FORMER, [])):
        yield each["log"]


def before(policy: Mapping[str, Any], origin: str) -> frozenset[str]:
    """Return the names of the logs, of seals or of acts, in whose place the one of this name came."""
    named = [{each["log"]["origin"], *([each["acts"]["origin"]] if each["acts"] else [])} for each in policy.get(FORMER, [])]
    until = next((place for place, names in enumerate(named) if origin in names), len(named))
    return frozenset().union(*named[:until])


def _names(policy: Mapping[str, Any]) -> frozenset[str]:
    """Return all names that are somebody's already: of logs, and of the witnesses."""
    held = [{"log": policy["log"], "acts": policy.get("acts")}, *policy.get(FORMER, [])]
    logs_ = {str(one["origin"]) for each in held for one in (each["log"], each["acts"]) if one}
    return frozenset(logs_ | {vkey.split("+")[0] for vkey in policy["log"]["witnesses"]})


def _name(asked: str | None, old: str, taken: frozenset[str]) -> str:
    base = _NUMBERED.fullmatch(old)
    name = asked or next(name for number in range(2, len(taken) + 3) if (name := f"{base[1] if base else old}-{number}") not in taken)
    if name in taken or not trust.ORIGIN.fullmatch(name):
        raise CustodyError("log_origin_invalid", name)
    return name
