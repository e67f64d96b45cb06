"""What a policy holds: whose keys, types, words, and for each key what it may do. next_list.py makes the trust list of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import published
from governorate import identity, licensed, violations
from governorate.licensed import Licensed
from seal import notices, slips
from seal.license import AUTHORITY
from seal.trust import Governorate

from . import ceremony
from .custody import Custody
from .errors import CustodyError
from .next_list import governorate, governorate_entry
from .root_signing import Files

__all__ = ["governorate", "governorate_entry"]  # what others may take from here besides what stands here

KEY_SECONDS = 3 * 366 * 86_400  # how long a key may seal unless told otherwise


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


def named(prefix: str | None, ar: str | None, en: str | None) -> Governorate | None:
    """Return the governorate that is named, None if nothing of it is.

    Raises CustodyError `governorate_missing` for a part of one: a prefix of here goes with no name of there.
    """
    if prefix is None and ar is None and en is None:
        return None
    if prefix is None or ar is None or en is None:
        raise CustodyError("governorate_missing")
    return Governorate(prefix, {"ar": ar, "en": en})


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


def trust_list_files(custody: Custody, passphrase: bytes, *, now: int) -> Files:
    """Ask for the next trust list, sign it and accept it, in one folder and without a question: for houses that are thrown away.

    `now` are seconds since 1970 UTC. Returns what is to be published, by name. Raises CustodyError, ListError.
    """
    return ceremony.in_one(custody, passphrase, now=now)


def sign_trust_list(custody: Custody, passphrase: bytes, *, now: int) -> bytes:
    """Do the same and return the list that every reader takes. Raises as `trust_list_files`."""
    return trust_list_files(custody, passphrase, now=now)[published.TRUST_LIST]
