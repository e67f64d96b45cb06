"""What an office learns of a list that another machine of the house had signed meanwhile.

The list counts: types, areas, names, log and witnesses are as it has them. What stays of this machine's own are keys that no list has had
yet, and what it knows of stolen and retired keys: no list makes a key better than it was.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from seal import trust
from seal.trust import Key, LogTerms, TrustList

from . import former_logs, voiding
from .errors import CustodyError

_SEVERITY = {state: place for place, state in enumerate(trust.STATES)}


def merged(policy: dict[str, Any], held: TrustList) -> dict[str, Any]:
    """Return a policy that follows `held`. Raises CustodyError `kid_taken` where this machine has another key under one of its numbers."""
    after = deepcopy(policy)
    after["sequence"] = held.sequence
    after["hosts"] = [host for host in policy["hosts"] if host in held.hosts] + sorted(held.hosts - set(policy["hosts"]))
    after["types"] = {code: _type(code, dict(name), policy, held) for code, name in held.types.items()}
    after["activities"] = {code: dict(name) for code, name in held.activities.items()}
    after["violations"] = {code: dict(name) for code, name in held.violations.items()}
    after["approvers"] = held.approvers
    for kid, key in held.keys.items():
        after["keys"][kid.hex()] = _key(policy["keys"].get(kid.hex()), key)
    if held.log is None or held.log.origin in former_logs.before(policy, _origin(policy)):
        return after  # a log that was begun here waits for a list that names it
    if (own := policy.get("log")) and own["origin"] != held.log.origin:  # one was begun elsewhere
        after[former_logs.FORMER] = [*policy.get(former_logs.FORMER, []), {"log": own, "acts": policy.get("acts")}]
        own = None
    after["log"] = _log(own, held.log)
    if held.acts:
        after["acts"] = {"origin": held.acts.origin, "lists_proven": held.lists_proven}
    return after


def _origin(policy: dict[str, Any]) -> str:
    return str((policy.get("log") or {}).get("origin", ""))


def _type(code: str, name: dict[str, str], policy: dict[str, Any], held: TrustList) -> dict[str, Any]:
    known = policy["types"].get(code)
    if known is not None:
        return {**known, **name}
    used = [key.types[code] for key in held.keys.values() if code in key.types]
    longest = None if None in used or not used else max(days for days in used if days is not None)
    return {**name, "longest_days": longest}


def _key(own: dict[str, Any] | None, key: Key) -> dict[str, Any]:
    x, y = trust.coordinates(key.public_key)
    if own is not None and (own["x"], own["y"]) != (x.hex(), y.hex()):
        raise CustodyError("kid_taken", key.kid.hex())
    entry = {
        "x": x.hex(),
        "y": y.hex(),
        "authority": key.authority,
        "name": dict(key.name),
        "roles": list(key.roles),
        "types": dict(key.types),
        "area": [list(corner) for corner in key.area.ring] if key.area else [],
        "not_before": key.not_before,
        "not_after": key.not_after,
        "state": key.state,
    }
    if key.stolen_at is not None:
        entry["stolen_at"] = key.stolen_at
    if key.voided:
        entry["voided"] = [list(each) for each in key.voided]
    return entry if own is None else keeping(own, entry)


def keeping(own: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with what is known here to be worse: the severer state, the earlier end, all that is void of either."""
    worse = max((own, entry), key=lambda each: _SEVERITY[each["state"]])
    kept = {**entry, "state": worse["state"], "not_after": min(own["not_after"], entry["not_after"])}
    positions = [each["stolen_at"] for each in (own, entry) if "stolen_at" in each]
    for first, last in own.get("voided", []):
        voiding.void(kept, first, last)
    return {**kept, **({"stolen_at": min(positions)} if positions else {})}


def _log(own: dict[str, Any] | None, held: LogTerms) -> dict[str, Any]:
    """The log's keys as the list has them, beside those that were made here since; what was retired here stays retired."""
    mine = {entry["vkey"]: entry for entry in own["keys"]} if own else {}
    listed = [mine.get(vkey, {"vkey": vkey, "state": "active"}) for vkey in held.keys]
    others = [entry for vkey, entry in mine.items() if vkey not in held.keys]
    return {"origin": held.origin, "keys": listed + others, "witnesses": list(held.witnesses), "threshold": held.threshold}
