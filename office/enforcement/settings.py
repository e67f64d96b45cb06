"""Where inspections are, from a TOML file:

    address = "https://inspections.example"   # as its people open it; http only for one on this machine
    token_file = "office-token"               # what `khatm inspections office-token` printed, 0600, beside this file or by its whole path
    seconds = 10                              # how long a call may take (may be left out)

The token itself is in no settings file, so that this one may be shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from web import settings_file
from web.settings_file import Address, FileName, Table

from .service import Service

_MOST_SECONDS = 60


class InspectionsFile(Table):
    """What the file says."""

    address: Address
    token_file: FileName
    seconds: Annotated[int, Field(ge=1, le=_MOST_SECONDS)] = 10


def load(path: Path, *, most_seconds: int = _MOST_SECONDS) -> Service:
    """Return the service that the file names; `most_seconds` is how long its caller can wait. Raises SettingsError; OSError."""
    found = settings_file.read(path, InspectionsFile)
    token = settings_file.secret(path.parent / found.token_file, where=f"{path.name}: token_file", least=16, most=512, ascii_only=True)
    return Service(found.address, token, seconds=min(found.seconds, most_seconds))
