"""From the policy that custody keeps to the trust list that the root is asked to sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seal import trust
from seal.area import Area
from seal.site import Point
from seal.trust import Governorate, Key, TrustList

from . import log_keys
from .custody import Custody
from .errors import CustodyError

NEXT_UPDATE_SECONDS = 30 * 86_400  # a list is good for 30 days and reissued weekly
#: How long a key that gives way to another may still sign: until the list that says so is carried to whoever signs.
ENDING_SECONDS = 86_400


def governorate_entry(whose: Governorate) -> dict[str, Any]:
    """Return what a policy says of a governorate. Raises CustodyError `prefix_invalid`, `governorate_name_invalid`."""
    if fault := trust.governorate_fault(whose):
        raise CustodyError(fault)
    return {"governorate": {"prefix": whose.prefix, "name": dict(whose.name)}}


def governorate(custody: Custody) -> Governorate:
    """Return whose keys these are; a policy from before it said so is read as such a trust list is. Raises CustodyError."""
    try:
        entry = custody.policy.get("governorate")
        whose = trust.UNNAMED if entry is None else Governorate(str(entry["prefix"]), _name(entry["name"]))
    except (KeyError, TypeError) as error:
        raise CustodyError("custody_corrupt", "governorate") from error
    governorate_entry(whose)
    return whose


def _name(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"ar": str(entry["ar"]), "en": str(entry["en"])}


def next_trust_list(custody: Custody, *, now: int, sequence: int) -> TrustList:
    """Return the list that this policy asks for, as of `now` (seconds since 1970 UTC); nothing is signed or noted.

    Raises CustodyError, `custody_corrupt` for a policy that somebody wrote by hand and that says no such list.
    """
    try:
        return _wanted(custody, now=now, sequence=sequence)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CustodyError("custody_corrupt", f"policy.json: {type(error).__name__}") from error


def _wanted(custody: Custody, *, now: int, sequence: int) -> TrustList:
    policy = custody.policy
    return TrustList(
        sequence=sequence,
        issued_at=now,
        next_update=now + NEXT_UPDATE_SECONDS,
        hosts=frozenset(policy["hosts"]),
        types={code: _name(entry) for code, entry in policy["types"].items()},
        activities=policy["activities"],
        keys={bytes.fromhex(kid): _key(bytes.fromhex(kid), entry, now) for kid, entry in policy["keys"].items()},
        governorate=governorate(custody),
        violations=policy.get("violations", {}),  # a policy from before has none
        log=log_keys.terms(policy.get("log"), now=now),
        acts=log_keys.act_terms(policy.get("log"), policy.get("acts"), now=now),
        lists_proven=bool(policy.get("acts", {}).get("lists_proven")),
        approvers=policy.get("approvers", 0),
    )


def ends_at(entry: Mapping[str, Any], issued_at: int) -> int:
    """Return until when a key may sign under a list of `issued_at`: one that gives way only for the time agreed."""
    ends = entry.get("ends", False)
    if ends is False:
        return int(entry["not_after"])
    return min(int(entry["not_after"]), issued_at + (ENDING_SECONDS if ends is True else int(ends)))


def _key(kid: bytes, entry: Mapping[str, Any], now: int) -> Key:
    return Key(
        kid=kid,
        public_key=trust.public_key(bytes.fromhex(entry["x"]), bytes.fromhex(entry["y"])),
        roles=tuple(entry["roles"]),
        authority=entry["authority"],
        name=entry["name"],
        types=entry["types"],
        area=Area([Point(*corner) for corner in entry["area"]]) if entry["area"] else None,
        not_before=entry["not_before"],
        not_after=ends_at(entry, now),
        state=entry["state"],
        stolen_at=entry.get("stolen_at"),
        voided=tuple((first, last) for first, last in entry.get("voided", [])),
    )
