"""What a trust list would change against the one before, in words, for somebody to say yes or no to each. Pure.

One difference is one question. Words for people (names of types, activities, violations) are one question for each kind: no verdict hangs
on them. What is never signed, whatever anybody says, is refused here too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from governorate import outlines
from seal import days, trust
from seal.area import Area
from seal.errors import ListError
from seal.trust import Key, LogTerms, Name, TrustList

from . import fingerprints
from .errors import CustodyError

_KM_A_DEGREE = 111.32
_SEALS = "log of seals"


class Difference(NamedTuple):
    """What differs, and the particulars that somebody has to look at."""

    what: str
    details: tuple[str, ...] = ()


def between(before: TrustList | None, after: TrustList) -> list[Difference]:
    """Return every difference; `before` is None for a first list."""
    old: Mapping[bytes, Key] = before.keys if before else {}
    found = list(_house(before, after))
    for kid, key in sorted(after.keys.items(), key=lambda item: (len(item[0]), item[0])):
        found += [_new_key(key)] if kid not in old else _changed_key(old[kid], key)
    found += [
        Difference(f"key {_named(key)} is gone: nobody knows any more what it signed") for kid, key in old.items() if kid not in after.keys
    ]
    for name, one, other in (
        (_SEALS, before and before.log, after.log),
        ("log of acts", before and before.acts, after.acts),
    ):
        found += _log(name, one or None, other)
    return [*found, *_words(before, after)]


def understood(payload: bytes) -> TrustList:
    """Return what is asked, if all of it can be shown: a member that this program does not know would be signed unseen.

    Raises CustodyError `request_unclear`.
    """
    try:
        held = trust.from_bytes(payload)
    except ListError as error:
        raise CustodyError("request_unclear", error.detail) from error
    if trust.to_bytes(held) != payload:
        raise CustodyError("request_unclear")
    return held


def refuse(before: TrustList | None, after: TrustList) -> None:
    """Return if nothing is asked that is never signed.

    Raises CustodyError `list_not_newer`, `compromise_forgotten`, `kid_taken`, `prefix_changed`, `list_backdated`.
    """
    if after.next_update <= after.issued_at:
        raise CustodyError("list_backdated")
    if before is None:
        return
    if after.sequence <= before.sequence:
        raise CustodyError("list_not_newer", f"{after.sequence}, {before.sequence}")
    if after.governorate.prefix != before.governorate.prefix:
        raise CustodyError("prefix_changed", f"{before.governorate.prefix}, {after.governorate.prefix}")
    for kid, old in before.keys.items():
        new = after.keys.get(kid)
        if new is not None and trust.coordinates(new.public_key) != trust.coordinates(old.public_key):
            raise CustodyError("kid_taken", kid.hex())
        if old.state == "compromised" and (new is None or _milder(old, new)):
            raise CustodyError("compromise_forgotten", kid.hex())


def _milder(old: Key, new: Key) -> bool:
    """Say whether a stolen key would count for more than it did."""
    if new.state != "compromised":
        return True
    reckoned = 0 if old.stolen_at is None else old.stolen_at
    return old.stolen_at is not None and (new.stolen_at or 0) > reckoned


def _house(before: TrustList | None, after: TrustList) -> Iterator[Difference]:
    if before is None or before.governorate != after.governorate:
        was = f"{_name(before.governorate.name)}  ->  " if before else ""
        yield Difference(f"governorate {after.governorate.prefix}: {was}{_name(after.governorate.name)}")
    held = before.hosts if before else frozenset()
    yield from (Difference(f"host {host}: new; codes are read under it") for host in sorted(after.hosts - held))
    yield from (Difference(f"host {host}: gone; codes that name it are foreign") for host in sorted(held - after.hosts))
    if (before.approvers if before else 0) != after.approvers:
        yield Difference(f"decisions: {_approvals(before.approvers if before else 0)}  ->  {_approvals(after.approvers)}")
    if (before is not None and before.lists_proven) != after.lists_proven:
        yield Difference(f"status lists count {'only with' if after.lists_proven else 'also without'} a proof from the log of acts")
    lasting = _lasting(after)
    if before is not None and _lasting(before) != lasting:
        yield Difference(f"a trust list is good for {_lasting(before)} days  ->  {lasting}")


def _approvals(people: int) -> str:
    return f"signed by {people} people with passkeys" if people else "by whoever is signed in"


def _lasting(held: TrustList) -> int:
    return math.ceil((held.next_update - held.issued_at) / 86_400)


def _new_key(key: Key) -> Difference:
    return Difference(f"new key {_named(key)}", tuple(_particulars(key)))


def _named(key: Key) -> str:
    return f"{key.kid.hex()} of {key.authority} ({'+'.join(key.roles)})"


def _particulars(key: Key) -> Iterator[str]:
    yield f"fingerprint {fingerprints.of_key(key)}"
    yield f"name        {_name(key.name)}"
    yield f"may sign    from {days.day_of(key.not_before)} until {days.last_day_of(key.not_after)}"
    if key.types:
        yield f"types       {', '.join(f'{code} ({_longest(longest)})' for code, longest in key.types.items())}"
    if key.area:
        yield f"area        {_area(key.area)}"
    if key.state != "active":
        yield f"state       {_state(key)}"


def _changed_key(old: Key, new: Key) -> list[Difference]:
    """One question for each thing that changes, each with the key's fingerprint."""
    sayings: tuple[tuple[Callable[[Key], object], Callable[[Key, Key], str]], ...] = (
        (lambda key: key.authority, lambda one, two: f"authority {one.authority}  ->  {two.authority}"),
        (lambda key: dict(key.name), lambda one, two: f"{_name(one.name)}  ->  {_name(two.name)}"),
        (lambda key: sorted(key.roles), lambda one, two: f"roles {'+'.join(one.roles)}  ->  {'+'.join(two.roles)}"),
        (lambda key: dict(key.types), lambda one, two: "; ".join(_types(one, two))),
        (_corners, _areas),
        (lambda key: key.not_before, lambda one, two: f"may sign from {days.day_of(one.not_before)}  ->  {days.day_of(two.not_before)}"),
        (lambda key: key.not_after, lambda one, two: f"may sign until {_until(one)}  ->  {_until(two)}"),
        (lambda key: (key.state, key.stolen_at), lambda one, two: f"{_state(one)}  ->  {_state(two)}"),
        (lambda key: key.voided, lambda one, two: f"void status lists {_void(one)}  ->  {_void(two)}"),
    )
    mark = (f"fingerprint {fingerprints.of_key(new)}",)
    return [Difference(f"key {_named(new)}: {say(old, new)}", mark) for of, say in sayings if of(old) != of(new)]


def _void(key: Key) -> str:
    return ", ".join(f"{first} to {last}" for first, last in key.voided) or "none"


def _until(key: Key) -> str:
    return trust.moment(key.not_after).strftime("%Y-%m-%d %H:%M UTC")


def _state(key: Key) -> str:
    return key.state if key.stolen_at is None else f"{key.state}, only the first {key.stolen_at} positions of the log count"


def _types(old: Key, new: Key) -> Iterator[str]:
    yield from (f"may seal {code}, {_longest(longest)}" for code, longest in new.types.items() if code not in old.types)
    yield from (f"may no longer seal {code}" for code in old.types if code not in new.types)
    both = (code for code in new.types if code in old.types and new.types[code] != old.types[code])
    yield from (f"{code} {_longest(old.types[code])}  ->  {_longest(new.types[code])}" for code in both)


def _longest(longest: int | None) -> str:
    return "without an end" if longest is None else f"up to {longest} days"


def _corners(key: Key) -> list[list[float]]:
    return [list(corner) for corner in key.area.ring] if key.area else []


def _areas(old: Key, new: Key) -> str:
    if old.area is None or new.area is None:
        return f"area {_area(old.area) if old.area else 'none'}  ->  {_area(new.area) if new.area else 'none'}"
    covered = "covers the old one" if outlines.covers(_corners(new), _corners(old)) else "leaves ground out that was in"
    return f"another area, which {covered}: {_area(old.area)}  ->  {_area(new.area)}"


def _area(area: Area) -> str:
    """An area as somebody can compare it with a map: its size, between which parallels and meridians it lies."""
    south, north = min(each.latitude for each in area.ring), max(each.latitude for each in area.ring)
    west, east = min(each.longitude for each in area.ring), max(each.longitude for each in area.ring)
    return f"{len(area.ring)} corners, {_km2(area):.2f} km², {south:.4f} to {north:.4f} N, {west:.4f} to {east:.4f} E"


def _km2(area: Area) -> float:
    """The size of a small area on a plane that touches there (shoelace formula)."""
    wide = _KM_A_DEGREE * math.cos(math.radians(area.ring[0].latitude))
    pairs = zip((area.ring[-1], *area.ring), area.ring, strict=False)
    return abs(sum(one.longitude * two.latitude - two.longitude * one.latitude for one, two in pairs)) / 2 * wide * _KM_A_DEGREE


def _log(name: str, before: LogTerms | None, after: LogTerms | None) -> Iterator[Difference]:
    if before is not None and after is None:
        yield Difference(f"{name}: gone; nobody looks there any more")
    if after is None:
        return
    if before is None or before.origin != after.origin:
        yield Difference(f"{name}: {'new: ' if before is None else f'{before.origin}  ->  '}{after.origin}")
    held = before or after._replace(keys=(), witnesses=(), threshold=0)
    asked = (("key", held.keys, after.keys), ("witness", held.witnesses, after.witnesses))
    for what, one, other in asked if name == _SEALS else asked[1:]:  # the acts have the same keys under another name, which is held to
        yield from (_vkey(f"{name}: new {what}", vkey) for vkey in other if vkey not in one)
        yield from (_vkey(f"{name}: {what} gone", vkey) for vkey in one if vkey not in other)
    if (held.threshold, len(held.witnesses)) != (after.threshold, len(after.witnesses)):
        was, is_ = f"{held.threshold} of {len(held.witnesses)}", f"{after.threshold} of {len(after.witnesses)}"
        yield Difference(f"{name}: witnesses that a head needs: {was}  ->  {is_}")


def _vkey(what: str, vkey: str) -> Difference:
    name, key_id, *_ = vkey.split("+")
    return Difference(f"{what} {name} {key_id}", (f"fingerprint {fingerprints.of_vkey(vkey)}",))


def _words(before: TrustList | None, after: TrustList) -> Iterator[Difference]:
    for what in ("types", "activities", "violations"):
        old: Mapping[str, Name] = getattr(before, what) if before else {}
        new: Mapping[str, Name] = getattr(after, what)
        told = [f"{code}: new: {_name(name)}" for code, name in new.items() if code not in old]
        both = (code for code in new if code in old and dict(old[code]) != dict(new[code]))
        told += [f"{code}: {_name(old[code])}  ->  {_name(new[code])}" for code in both]
        told += [f"{code}: gone: {_name(name)}" for code, name in old.items() if code not in new]
        if told:
            yield Difference(f"words for {what}: {len(told)}", tuple(told))


def _name(name: Name) -> str:
    return f"{name['ar']} / {name['en']}"
