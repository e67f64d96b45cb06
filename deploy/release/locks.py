"""What the locks name: Python packages (requirements/run.txt) and the phone app's (package-lock.json), each with its hashes."""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from .errors import ReleaseError

#: An entry of the lock, its lines joined: name, version, perhaps a marker, and SHA-256 of every file that may be installed.
_ENTRY = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)(?: ; (?P<marker>[^#\\]+?))?"
    r"(?P<hashes>(?: +--hash=sha256:[0-9a-f]{64})+)"
)


@dataclass(frozen=True)
class Locked:
    """A package of a lock. `hashes`: hexadecimal, in the lock's order; `marker`: where it is installed, None for everywhere."""

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str | None = None

    def here(self) -> bool:
        """Whether this Python would install it."""
        return self.marker is None or Marker(self.marker).evaluate()


@dataclass(frozen=True)
class Bundled:
    """A package of the phone app. `sha512`: of its archive, hexadecimal; `license`: as the lock says it, None where it does not."""

    name: str
    version: str
    sha512: str
    license: str | None


def parse(text: str) -> tuple[Locked, ...]:
    """Return what a lock of Python packages names. Raises ReleaseError lock_invalid for any line that is something else."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        entry = _ENTRY.fullmatch(" ".join(line.split()))
        if entry is None:
            raise ReleaseError("lock_invalid", line[:80])
        hashes = tuple(re.findall(r"[0-9a-f]{64}", entry["hashes"]))
        found.append(Locked(canonicalize_name(entry["name"]), entry["version"], hashes, _marker(entry["marker"])))
    twice = {(each.name, each.version) for each in found if sum((each.name, each.version) == (one.name, one.version) for one in found) > 1}
    if not found or twice:
        raise ReleaseError("lock_invalid", ", ".join(sorted("==".join(each) for each in twice)) or "nothing in it")
    return tuple(found)


def _marker(text: str | None) -> str | None:
    try:
        return None if text is None else str(Marker(text))
    except InvalidMarker as error:
        raise ReleaseError("lock_invalid", text or "") from error


def bundled(lock: str, named: str) -> tuple[Bundled, ...]:
    """Return the packages that the built app names (`packages.txt`, NAME VERSION a line), as its lock has them.

    Raises ReleaseError: lock_invalid; app_differs for a package that the lock does not have in this version.
    """
    known = _known(lock)
    lines = [tuple(line.split(" ")) for line in named.splitlines()]
    lost = [" ".join(line) for line in lines if line not in known]
    if lost or not lines:
        raise ReleaseError("app_differs", ", ".join(lost) or "packages.txt is empty")
    return tuple(known[line] for line in lines)


def _known(lock: str) -> Mapping[tuple[str, ...], Bundled]:
    try:
        found: dict[tuple[str, ...], Bundled] = {}
        for path, package in json.loads(lock)["packages"].items():
            if path:
                name = path.rpartition("node_modules/")[2]
                algorithm, _, octets = package["integrity"].partition("-")
                if algorithm != "sha512":
                    raise ReleaseError("lock_invalid", f"{name}: {algorithm}")
                sha512 = binascii.a2b_base64(octets, strict_mode=True).hex()
                found[(name, package["version"])] = Bundled(name, package["version"], sha512, package.get("license"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError("lock_invalid", f"package-lock.json: {error}") from error
    return found
