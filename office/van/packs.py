"""What a laptop carries: the rules that it judges by away from the office, with their date and their end.

    governorate/…     the governorate's files: services, forms, fees, days off, types, outlines
    published/…       the trust list and the documents of the root, as the root signed them
    root.jwk          what the office pins (or root.cose)
It goes over the connection that the laptop proved itself on, and holds nothing of any person.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from governorate import folder as governorate
from published import TRUST_LIST, read_root, trust_list
from published.pinning import ROOTS
from seal import cbor
from seal.errors import FormatError

from .errors import VanError

FORMAT: Final = 1
DAYS: Final = 14  # that one counts; fees and services change, and laptops are lost
DAY_SECONDS: Final = 86_400
OCTETS_MAX: Final = 32 << 20
PUBLISHED, GOVERNORATE = "published", "governorate"
_FILES_MAX, _NAME_MAX = 400, 120


class Pack(NamedTuple):
    """Files by name. `at` and `until` are seconds since 1970 UTC by the office's clock; `asks`: people are asked who applies."""

    at: int
    until: int
    prefix: str
    asks: bool
    files: Mapping[str, bytes]

    def to_bytes(self) -> bytes:
        """Return it as it is sent."""
        held = {"format": FORMAT, "at": self.at, "until": self.until, "prefix": self.prefix, "asks": self.asks}
        return cbor.encode(held | {"files": dict(self.files)})

    @property
    def root(self) -> str:
        """The name of the pinned file."""
        return next(name for name in self.files if "/" not in name)

    def put(self, folder: Path) -> None:
        """Write the files into a folder of their own. Raises OSError."""
        for name, octets in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)


def make(published: Path, root: Path, *, asks: bool, now: int) -> Pack:
    """Return what laptops carry from now on. Raises ListError; OSError."""
    trusted = trust_list(published, root=read_root(root))
    files = {f"{GOVERNORATE}/{path.name}": path.read_bytes() for path in _rules(governorate.chosen())}
    for path in (published / TRUST_LIST, *sorted((published / ROOTS).glob("*"))):
        if path.is_file() and not path.name.startswith("."):
            files[f"{PUBLISHED}/{path.relative_to(published).as_posix()}"] = path.read_bytes()
    files[f"root{root.suffix}"] = root.read_bytes()
    until = min(now + DAYS * DAY_SECONDS, trusted.next_update)
    return Pack(now, until, trusted.governorate.prefix, asks, files)


def _rules(folder: Path) -> list[Path]:
    return [folder / name for name in (*governorate.FILES, governorate.COUNTER) if (folder / name).is_file()]


def read(data: bytes) -> Pack:
    """Return a pack. Raises VanError `van_pack_damaged`: names lead nowhere but beneath it, whoever made it."""
    try:
        held: Any = cbor.parse(data) if len(data) <= OCTETS_MAX else None
    except FormatError as error:
        raise VanError("van_pack_damaged") from error
    match held:
        case {"format": 1, "at": int(at), "until": int(until), "prefix": str(prefix), "asks": bool(asks), "files": dict(files)}:
            plain = all(type(name) is str and _beneath(name) and type(octets) is bytes for name, octets in files.items())
            pinned = sum("/" not in name for name in files)
            if plain and len(files) <= _FILES_MAX and pinned == 1:
                return Pack(at, until, prefix, asks, files)
    raise VanError("van_pack_damaged")


def _beneath(name: str) -> bool:
    path = PurePosixPath(name)
    first = path.parts[0] if path.parts else ""
    named = first in (PUBLISHED, GOVERNORATE) if len(path.parts) > 1 else first in ("root.jwk", "root.cose")
    return named and len(name) <= _NAME_MAX and not path.is_absolute() and ".." not in path.parts and "\0" not in name
