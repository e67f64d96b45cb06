"""What the packages of this environment say of themselves: their license, and what they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

from cyclonedx.spdx import fixup_id, is_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from .errors import ReleaseError
from .locks import Locked

_NAMES = 64  # letters of a name of a license; what is longer is its text


@dataclass(frozen=True)
class Said:
    """`expression`: SPDX; else `names`, as the package says them; neither: it says nothing. `requires`: extras of others not decided."""

    expression: str | None
    names: tuple[str, ...]
    requires: tuple[Requirement, ...]


def of(locked: Iterable[Locked]) -> Mapping[str, Said]:
    """Return what each package that belongs here says, by its name.

    Raises ReleaseError environment_differs where a package is missing or has another version than its lock.
    """
    found = {}
    for each in locked:
        if not each.here():
            continue
        try:
            there = metadata.distribution(each.name)
        except metadata.PackageNotFoundError as error:
            raise ReleaseError("environment_differs", f"{each.name} is missing") from error
        if Version(there.version) != Version(each.version):  # 1.002 is 1.2
            raise ReleaseError("environment_differs", f"{each.name} {there.version}, where the lock says {each.version}")
        found[each.name] = _said(there)
    return found


def _said(there: metadata.Distribution) -> Said:
    requires = tuple(map(Requirement, there.requires or ()))
    given, old = (" ".join(there.metadata.get_all(field) or ()).strip() for field in ("License-Expression", "License"))
    for each in (given, old):
        if fixup_id(each) or (each and is_expression(each)):
            return Said(fixup_id(each) or each, (), requires)
    classes = {each.rpartition(" :: ")[2] for each in there.metadata.get_all("Classifier") or () if each.startswith("License :: ")}
    names = sorted(classes - {"OSI Approved"}) or [each for each in (given, old) if each and len(each) <= _NAMES and "\n" not in each]
    return Said(None, tuple(names), requires)


def edges(first: Iterable[Requirement], said: Mapping[str, Said]) -> tuple[set[str], Mapping[str, set[str]]]:
    """Follow what the program needs: return the names that it needs itself, and for each name those that it needs (extras too)."""
    needs: dict[str, set[str]] = defaultdict(set)
    asked: dict[str, set[str]] = defaultdict(set)
    waiting = [("", each) for each in first]
    done = set()
    while waiting:
        who, wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if (who, name, frozenset(wanted.extras)) in done:
            continue
        done.add((who, name, frozenset(wanted.extras)))
        needs[who].add(name)
        asked[name] |= {"", *wanted.extras}
        waiting += [(name, each) for each in (said[name].requires if name in said else ()) if _holds(each, asked[name])]
    return needs.pop("", set()), needs


def _holds(wanted: Requirement, extras: set[str]) -> bool:
    return wanted.marker is None or any(wanted.marker.evaluate({"extra": each}) for each in extras)
