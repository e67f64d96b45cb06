"""One key in the place of another, for every role: make, renew with an overlap, retire, mark as stolen.

Whatever is said here counts with the next trust list; only a stolen or retired key signs no more from that moment on, in programs that use
this key store. Killed at any moment, the policy is as before or as after, for it is written once and last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from seal import notices, receipt

from . import ceremony, policy
from .custody import Custody
from .errors import CustodyError
from .lifetimes import Overlap

STATUS, LICENSE = "status", "license"
#: Makes a key of an entry, in a file or in a token, notes it and returns its kid (making.py).
Make = Callable[[Custody, Mapping[str, Any]], bytes]
#: The words under which commands have the keys of each role.
_GROUPS = {LICENSE: "authority", STATUS: "status", receipt.ROLE: "receipts", notices.ROLE: "notices"}


def group_of(entry: Mapping[str, Any]) -> str:
    """Return the word after `khatm keys` for the key of an entry."""
    return _GROUPS[entry["roles"][0]]


def newest(custody: Custody, role: str, authority: str | None = None) -> str:
    """Return the kid (hex) of the newest active key of a role. Raises CustodyError `key_unknown`."""
    kids = custody.kids(role, authority)
    if not kids:
        raise CustodyError("key_unknown", f"{role} {authority or ''}".strip())
    return kids[0].hex()


def entry_of(custody: Custody, kid: str, role: str) -> dict[str, Any]:
    """Return what the policy says of a key with that role. Raises CustodyError `key_unknown`."""
    entry: dict[str, Any] | None = custody.policy["keys"].get(kid)
    if entry is None or role not in entry["roles"]:
        raise CustodyError("key_unknown", kid[:20])
    return entry


def renew(custody: Custody, kid: str, role: str, make: Make, overlap: Overlap, *, not_after: int, now: int) -> str:
    """Make a key that may do what `kid` may, and let `kid` end after the overlap; return the new one's kid (hex).

    Raises CustodyError `key_unknown`, `key_not_active`, and as `make` does; OSError.
    """
    old = entry_of(custody, kid, role)
    if old["state"] != "active":
        raise CustodyError("key_not_active", kid)
    fresh = {**policy.following(old, now=now), "not_after": not_after}
    if overlap.until is not None:
        old["not_after"] = min(old["not_after"], overlap.until)
    else:
        old["ends"] = overlap.after_list
    return make(custody, fresh).hex()


def retire(custody: Custody, kid: str, role: str, *, now: int) -> bool:
    """End a key; what it signed stays good. Return False for one that no list has had yet: it is taken out, and its file removed.

    Raises CustodyError `key_unknown`, `key_not_active`, `key_last` for the last key of status lists: without one nothing is published.
    """
    entry = entry_of(custody, kid, role)
    if entry["state"] == "compromised":
        raise CustodyError("key_not_active", kid)
    listed = _listed(custody)
    if bytes.fromhex(kid) in listed:
        if role == STATUS and not [each for each in custody.kids(STATUS) if each.hex() != kid and each in listed]:
            raise CustodyError("key_last", kid)
        entry.update({"state": "retired", "not_after": min(entry["not_after"], now)})
        entry.pop("ends", None)
        custody.save()
        return True
    custody.forget(kid)
    return False


def compromise(custody: Custody, kid: str, role: str) -> None:
    """Mark a key as stolen. Raises CustodyError `key_unknown`."""
    entry = entry_of(custody, kid, role)
    entry["state"] = "compromised"
    entry.pop("ends", None)
    custody.save()


def _listed(custody: Custody) -> Collection[bytes]:
    """Return the kids that a signed list has had. A store of a release before, which kept no list, has had all of its keys in one."""
    found = ceremony.known(custody, None)
    if found is not None:
        return found.held.keys.keys()
    return {bytes.fromhex(kid) for kid in custody.policy["keys"]} if custody.policy["sequence"] else ()
