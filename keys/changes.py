"""What a policy learns from the governorate's files: types, names, areas, words of violations. What takes something
away ends a key and begins another.

A seal is judged by its key as the newest trust list has it. So a key that is given more is changed as it stands, and one that would be
given less keeps what it had and ends: what it sealed keeps its verdict, and the next key has the new bounds (docs/adr/0041).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from governorate import outlines

from .custody import Custody
from .errors import CustodyError
from .policy import authority_entry, open_types

Entry = dict[str, Any]


class Wanted(NamedTuple):
    """One authority as the files have it. None: they do not say."""

    name: Mapping[str, str] | None = None
    area: list[list[float]] | None = None
    types: tuple[str, ...] | None = None


class Files(NamedTuple):
    """What the files say. Types and activities as `policy.catalogue` reads them, None if not asked, and so the names of violations;
    `removed` types were named.
    """

    types: Mapping[str, Entry] | None = None
    activities: Mapping[str, Mapping[str, str]] | None = None
    authorities: Mapping[str, Wanted] = {}
    removed: frozenset[str] = frozenset()
    violations: Mapping[str, Mapping[str, str]] | None = None


class Plan(NamedTuple):
    """Every difference in words, the policy as it will be, entries of keys to make, and the keys that end for them."""

    lines: tuple[str, ...]
    policy: dict[str, Any]
    made: tuple[Entry, ...]
    ended: tuple[str, ...]
    #: What the files leave out and the policy keeps.
    kept: tuple[str, ...]


def plan(custody: Custody, files: Files, *, now: int) -> Plan:
    """Return what would change. Raises CustodyError `area_invalid`, `type_unknown`, `authority_unknown`."""
    after = deepcopy(custody.policy)
    kept: list[str] = []
    lines = _learn(after["types"], files.types, "type", _type_told, kept, files.removed)
    lines += _learn(after["activities"], files.activities, "activity", _named, kept)
    lines += _learn(after.setdefault("violations", {}), files.violations, "violation", _named, kept)
    _check_known(after, files)
    made: list[Entry] = []
    ended: list[str] = []
    for code in dict.fromkeys(entry["authority"] for entry in after["keys"].values()):
        told, fresh, over = _authority(custody, after, code, files, now)
        lines += told
        made += fresh
        ended += over
    lines += _remove(after, files.removed)
    return Plan(tuple(lines), after, tuple(made), tuple(ended), tuple(kept))


def _check_known(after: Mapping[str, Any], files: Files) -> None:
    """Return if everything that is named exists."""
    for code, wanted in files.authorities.items():
        unknown = set(wanted.types or ()) - open_types(after["types"]).keys()
        if unknown:
            raise CustodyError("type_unknown", f"{code}: {', '.join(sorted(unknown))}")
        if wanted.area is not None and not outlines.simple(wanted.area):
            raise CustodyError("area_invalid", code)
    if unknown := files.removed - after["types"].keys():
        raise CustodyError("type_unknown", ", ".join(sorted(unknown)))
    if again := files.removed & (files.types or {}).keys():
        raise CustodyError("type_named", ", ".join(sorted(again)))


def carry_out(custody: Custody, planned: Plan, make: Callable[[Entry], bytes]) -> tuple[str, ...]:
    """Make the keys (`make` returns the kid of one), then write the policy down. Return the new kids (hex). Raises CustodyError.

    Broken off in between, new keys stand beside old ones, and the next plan only ends the old.
    """
    kids = tuple(make(entry).hex() for entry in planned.made)
    fresh = {kid: custody.policy["keys"][kid] for kid in kids}
    custody.policy = {**planned.policy, "keys": {**planned.policy["keys"], **fresh}}
    custody.save()
    return kids


def _learn(
    known: dict[str, Any],
    read: Mapping[str, Any] | None,
    what: str,
    told: Callable[[Mapping[str, Any]], str],
    kept: list[str],
    removed: frozenset[str] = frozenset(),
) -> list[str]:
    """Take new and changed names over, and say which."""
    lines = []
    for code, entry in (read or {}).items():
        if code not in known:
            lines.append(f"{what} {code}: new: {told(entry)}")
        elif known[code] != dict(entry):
            lines.append(f"{what} {code}: {told(known[code])}  ->  {told(entry)}")
        known[code] = dict(entry)
    missing = [] if read is None else [code for code in known if code not in read.keys() | removed and not known[code].get("ended")]
    kept += [f"{what} {code}" for code in missing]
    return lines


def _named(name: Mapping[str, str]) -> str:
    return f"{name['ar']} / {name['en']}"


def _type_told(entry: Mapping[str, Any]) -> str:
    return f"{_named(entry)}, {_days(entry['longest_days'])}" + (", ended" if entry.get("ended") else "")


def _days(longest: int | None) -> str:
    return "without an end" if longest is None else f"up to {longest} days"


def _authority(custody: Custody, after: dict[str, Any], code: str, files: Files, now: int) -> tuple[list[str], list[Entry], list[str]]:
    """Change what an authority's keys may do. Return it in words, the entry of its new key if it needs one, and the kids that end."""
    wanted = files.authorities.get(code, Wanted())
    own = {kid: entry for kid, entry in after["keys"].items() if entry["authority"] == code}
    lines = _rename(code, own.values(), wanted.name)
    active = {kid: entry for kid, entry in own.items() if "license" in entry["roles"] and entry["state"] == "active"}
    if not active:
        return lines, [], []
    newest = list(active.values())[-1]
    types = _types(custody.policy["types"], after["types"], newest, wanted.types, files.removed)
    area = wanted.area if wanted.area is not None and not outlines.same(wanted.area, newest["area"]) else newest["area"]
    lines += _told(code, newest, types, area)
    narrowed = [kid for kid, entry in active.items() if _less(entry, types, area)]
    for entry in (entry for kid, entry in active.items() if kid not in narrowed):
        entry |= {"types": types, "area": area}
    made = []
    if len(narrowed) == len(active):
        made = [authority_entry(custody, code, wanted.name or newest["name"], area, types=(), now=now) | {"types": types}]
    for kid in narrowed:
        active[kid] |= {"state": "retired", "ends": True}
        lines.append(f"{code}: key {kid} ends with the next trust list; what it sealed keeps its verdict")
    return lines + ([f"{code}: a new key begins"] if made else []), made, narrowed


def _rename(code: str, entries: Any, name: Mapping[str, str] | None) -> list[str]:
    """Name all keys of an authority, those that ended too: it is one authority."""
    changed = [entry for entry in entries if name is not None and entry["name"] != dict(name)]
    told = dict.fromkeys(f"{code}: {_named(entry['name'])}  ->  {_named(name or {})}" for entry in changed)
    for entry in changed:
        entry["name"] = dict(name or {})
    return list(told)


def _types(
    before: Mapping[str, Entry], after: Mapping[str, Entry], newest: Entry, wanted: tuple[str, ...] | None, removed: frozenset[str]
) -> dict[str, int | None]:
    """Return the types of an authority's next key. One that might seal every type may seal new ones too."""
    if wanted is None:
        wanted = tuple(open_types(after) if open_types(before).keys() <= newest["types"].keys() else newest["types"])
    return {code: after[code]["longest_days"] for code in wanted if code not in removed}


def _told(code: str, entry: Entry, types: Mapping[str, int | None], area: list[list[float]]) -> list[str]:
    held: Mapping[str, int | None] = entry["types"]
    lines = [f"{code}: may seal {type_}, {_days(types[type_])}" for type_ in types if type_ not in held]
    lines += [f"{code}: may no longer seal {type_}" for type_ in held if type_ not in types]
    both = [type_ for type_ in types if type_ in held and types[type_] != held[type_]]
    lines += [f"{code}: {type_} {_days(held[type_])}  ->  {_days(types[type_])}" for type_ in both]
    if not outlines.same(area, entry["area"]):
        ground = "covers the old one" if outlines.covers(area, entry["area"]) else "leaves ground out that was in"
        lines.append(f"{code}: another area, {len(area)} corners, which {ground}")
    return lines


def _less(entry: Entry, types: Mapping[str, int | None], area: list[list[float]]) -> bool:
    """Return whether these bounds would take something from a key that it may have used."""
    held: Mapping[str, int | None] = entry["types"]
    return any(type_ not in types or _shorter(types[type_], held[type_]) for type_ in held) or not outlines.covers(area, entry["area"])


def _shorter(longest: int | None, held: int | None) -> bool:
    return longest is not None and (held is None or longest < held)


def _remove(after: dict[str, Any], removed: frozenset[str]) -> list[str]:
    """Take types out. The name of one that a key could seal stays in the trust list, for the licenses that hang."""
    lines = []
    for code in sorted(removed):
        used = any(code in entry["types"] for entry in after["keys"].values())
        if used:
            after["types"][code]["ended"] = True
        else:
            del after["types"][code]
        lines.append(f"type {code}: removed" + ("; its name stays for what was sealed" if used else ""))
    return lines
