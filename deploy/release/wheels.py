"""The wheel that is released, read from its file."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import Parser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from .errors import ReleaseError

_APP = "inspector_app/pwa/dist/packages.txt"
#: What an archive is that was cut, changed, encrypted or packed in another way.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_LARGEST = 1_000_000  # octets of each of its files that is read


@dataclass(frozen=True)
class Wheel:
    """`made`: when, as its files say (the commit's time, to two seconds); `packages`: what its phone app was made of."""

    file: str
    version: str
    sha256: str
    made: datetime
    license: str
    python: str
    requires: tuple[Requirement, ...]
    packages: str


def read(path: Path) -> Wheel:
    """Read a wheel of Khatm. Raises ReleaseError wheel_invalid; OSError where there is none."""
    octets = path.read_bytes()
    try:
        with zipfile.ZipFile(path) as packed:
            if (broken := packed.testzip()) is not None:
                raise ValueError(broken)
            (metadata,) = (each for each in packed.infolist() if each.filename.endswith(".dist-info/METADATA"))
            said = Parser().parsestr(_text(packed, metadata))
            packages = _text(packed, packed.getinfo(_APP))
        if said["Name"] != "khatm":
            raise ReleaseError("wheel_invalid", f"{path.name}: {said['Name']}")
        return Wheel(
            file=path.name,
            version=str(Version(said["Version"])),
            sha256=hashlib.sha256(octets).hexdigest(),
            made=datetime(*metadata.date_time, tzinfo=UTC),
            license=said["License-Expression"],
            python=said["Requires-Python"],
            requires=tuple(each for each in map(Requirement, said.get_all("Requires-Dist", [])) if "extra" not in str(each.marker or "")),
            packages=packages,
        )
    except (*_DAMAGED, KeyError, ValueError, TypeError, InvalidVersion, InvalidRequirement) as error:
        raise ReleaseError("wheel_invalid", f"{path.name}: {error}") from error


def _text(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    if member.file_size > _LARGEST:
        raise ValueError(f"{member.filename} is too large")
    return packed.read(member).decode("utf-8")
