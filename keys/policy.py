"""From the policy that custody keeps to the trust list that verifiers read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import published
from governorate import identity, licensed, violations
from governorate.licensed import Licensed
from seal import notices, slips, trust
from seal.area import Area
from seal.errors import ListError
from seal.license import AUTHORITY
from seal.site import Point
from seal.trust import Governorate, Key, TrustList

from . import log_keys
from .custody import ROOT_PUBLIC, Custody
from .errors import CustodyError

NEXT_UPDATE_SECONDS = 30 * 86_400  # a list is good for 30 days and reissued weekly
KEY_SECONDS = 3 * 366 * 86_400  # how long a key may seal unless told otherwise
#: How long a key that gives way to another may still seal: until the list that says so is carried to whoever seals.
ENDING_SECONDS = 86_400


def start(hosts: list[str], held: Licensed | None = None, whose: Governorate | None = None) -> dict[str, Any]:
    """Return what a policy begins with: hosts, types, activities, violations, whose licenses.

    What is not given is this process's governorate's.
    Raises CustodyError `prefix_invalid`, `governorate_name_invalid`; RuleError for the governorate's files.
    """
    if whose is None:
        here = identity.default()
        whose = Governorate(here.prefix, here.name)
    return {"hosts": hosts, **catalogue(held or licensed.default()), "violations": violation_names(), **governorate_entry(whose)}


def catalogue(held: Licensed) -> dict[str, Any]:
    """Return types (names, longest validity in days or null) and activities (names) as a policy has them."""
    types = {code: {**each.name, "longest_days": each.longest_days} for code, each in held.types.items()}
    return {"types": types, "activities": {code: dict(name) for code, name in held.activities.items()}}


def violation_names() -> dict[str, dict[str, str]]:
    """Return the names of what notices are given for, by this process's governorate's schedule, as a policy has them. Raises RuleError."""
    return {code: dict(kind.name) for code, kind in violations.default().items()}


def governorate_entry(whose: Governorate) -> dict[str, Any]:
    """Return what a policy says of a governorate. Raises CustodyError `prefix_invalid`, `governorate_name_invalid`."""
    if fault := trust.governorate_fault(whose):
        raise CustodyError(fault)
    return {"governorate": {"prefix": whose.prefix, "name": dict(whose.name)}}


def named(prefix: str | None, ar: str | None, en: str | None) -> Governorate | None:
    """Return the governorate that is named, None if nothing of it is.

    Raises CustodyError `governorate_missing` for a part of one: a prefix of here goes with no name of there.
    """
    if prefix is None and ar is None and en is None:
        return None
    if prefix is None or ar is None or en is None:
        raise CustodyError("governorate_missing")
    return Governorate(prefix, {"ar": ar, "en": en})


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


def feature(path: Path, code: str) -> dict[str, Any]:
    """Return the feature of a GeoJSON file whose `code` is `code`. Raises CustodyError `area_invalid`; OSError."""
    try:
        return features(path)[code]
    except KeyError as error:
        raise CustodyError("area_invalid", f"no feature with code {code}") from error


def features(path: Path) -> dict[str, dict[str, Any]]:
    """Return the features of a GeoJSON file by their `code`. Raises CustodyError `area_invalid`; OSError."""
    try:
        found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["features"]
        by_code = {str(each["properties"]["code"]): each for each in found}
    except (ValueError, KeyError, TypeError) as error:
        raise CustodyError("area_invalid", path.name) from error
    if len(by_code) != len(found):
        raise CustodyError("area_invalid", f"{path.name}: a code twice")
    return by_code


def ring(geometry: Mapping[str, Any]) -> list[list[float]]:
    """Return the outline of a GeoJSON Polygon (RFC 7946 §3.1.6) as [latitude, longitude] pairs, not closed. Raises CustodyError."""
    try:
        rings = geometry["coordinates"]
        corners = [[float(latitude), float(longitude)] for longitude, latitude, *_ in rings[0]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise CustodyError("area_invalid") from error
    if geometry.get("type") != "Polygon" or len(rings) != 1 or len(corners) < 4 or corners[0] != corners[-1]:
        raise CustodyError("area_invalid")
    return corners[:-1]


def authority_entry(
    custody: Custody, code: str, name: Mapping[str, str], area: list[list[float]], *, types: Iterable[str], now: int
) -> dict[str, Any]:
    """Return the policy entry of an authority's license key. Raises CustodyError."""
    known = open_types(custody.policy["types"])
    chosen = list(types) or list(known)
    if not AUTHORITY.fullmatch(code):
        raise CustodyError("authority_invalid", code)
    unknown = [type_ for type_ in chosen if type_ not in known]
    if unknown:
        raise CustodyError("type_unknown", ", ".join(unknown))
    return {
        "authority": code,
        "name": dict(name),
        "roles": ["license"],
        "types": {type_: known[type_]["longest_days"] for type_ in chosen},
        "area": area,
        "not_before": now,
        "not_after": now + KEY_SECONDS,
        "state": "active",
    }


def open_types(types: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the types of a policy that keys may still be given."""
    return {code: entry for code, entry in types.items() if not entry.get("ended")}


def status_entry(whose: Governorate, *, now: int) -> dict[str, Any]:
    """Return the policy entry of a key that signs status lists and nothing else."""
    return {
        "authority": "GOV",
        "name": dict(whose.name),
        "roles": ["status"],
        "types": {},
        "area": [],
        "not_before": now,
        "not_after": now + KEY_SECONDS,
        "state": "active",
    }


def following(before: Mapping[str, Any], *, now: int) -> dict[str, Any]:
    """Return the policy entry of a key that follows another: it may do the same, from now on."""
    kept = {name: before[name] for name in ("authority", "name", "roles", "types", "area")}
    return {**kept, "not_before": now, "not_after": now + KEY_SECONDS, "state": "active"}


def receipt_entry(whose: Governorate, *, now: int) -> dict[str, Any]:
    """Return the policy entry of a key that signs receipts of applications and nothing else, for every authority."""
    return {**status_entry(whose, now=now), "roles": ["receipt"]}


def notice_entry(custody: Custody, code: str, *, now: int) -> dict[str, Any]:
    """Return the policy entry of a key that signs an authority's notices of violations and nothing else.

    `code` is that of an authority with an active license key, or GOV: for every authority. Raises CustodyError `authority_unknown`.
    """
    usual = {**status_entry(governorate(custody), now=now), "roles": [notices.ROLE]}
    if code == slips.GOVERNORATE:
        return usual
    sealing = custody.kids("license", code)
    if not sealing:
        raise CustodyError("authority_unknown", code)
    return {**usual, "authority": code, "name": dict(custody.policy["keys"][sealing[0].hex()]["name"])}


def sign_trust_list(custody: Custody, passphrase: bytes, *, now: int) -> bytes:
    """Sign the next trust list with the root and note its sequence. Times are seconds since 1970 UTC. Raises CustodyError."""
    signer = custody.root_signer(passphrase)
    policy = custody.policy
    for entry in policy["keys"].values():
        if entry.pop("ends", False):
            entry["not_after"] = min(entry["not_after"], now + ENDING_SECONDS)
    trust_list = TrustList(
        sequence=policy["sequence"] + 1,
        issued_at=now,
        next_update=now + NEXT_UPDATE_SECONDS,
        hosts=frozenset(policy["hosts"]),
        types={code: _name(entry) for code, entry in policy["types"].items()},
        activities=policy["activities"],
        keys={bytes.fromhex(kid): _key(bytes.fromhex(kid), entry) for kid, entry in policy["keys"].items()},
        governorate=governorate(custody),
        violations=policy.get("violations", {}),  # a policy from before has none
        log=log_keys.terms(policy.get("log")),
        acts=log_keys.act_terms(policy.get("log"), policy.get("acts")),
        lists_proven=bool(policy.get("acts", {}).get("lists_proven")),
        approvers=policy.get("approvers", 0),
    )
    data = trust.sign(trust_list, custody.root_kid(), signer)
    try:  # nothing is published that its own readers refuse
        trust.verify(data, root=published.read_root(custody.folder / ROOT_PUBLIC))
    except ListError as error:
        raise CustodyError("custody_corrupt", error.code) from error
    policy["sequence"] += 1
    custody.save()
    return data


def _key(kid: bytes, entry: Mapping[str, Any]) -> Key:
    return Key(
        kid=kid,
        public_key=trust.public_key(bytes.fromhex(entry["x"]), bytes.fromhex(entry["y"])),
        roles=tuple(entry["roles"]),
        authority=entry["authority"],
        name=entry["name"],
        types=entry["types"],
        area=Area([Point(*corner) for corner in entry["area"]]) if entry["area"] else None,
        not_before=entry["not_before"],
        not_after=entry["not_after"],
        state=entry["state"],
        stolen_at=entry.get("stolen_at"),
        voided=tuple((first, last) for first, last in entry.get("voided", [])),
    )
