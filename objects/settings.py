"""Which bucket holds files, from a TOML file:

    endpoint = "https://s3.example"       # http only for a store on this machine
    bucket = "khatm"
    prefix = "documents"                  # what stands before each name, with a slash behind it (may be left out)
    region = "us-east-1"                  # as the store has it: it is part of each signature (may be left out)
    access_key = "…"                      # who we are; no secret
    secret_key_file = "documents.secret"  # 0640 at most: for the processes' group alone; beside this file or by its whole path
    authority_file = "ca.pem"             # certificates to trust instead of the machine's (may be left out)
    seconds = 10                          # how long each wait for the store may take; a whole call three times that (may be left out)

The secret itself is in no settings file, so that this one may be shown.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from web import faults, settings_file
from web.faults import SettingsError
from web.settings_file import Address, FileName, Line, Table

_PREFIX = r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*"
_MOST_SECONDS = 60


def _within(text: str) -> str:
    if any(part in (".", "..") for part in text.split("/")):
        raise faults.wrong("setting_invalid")
    return text


class BucketFile(Table):
    """What the file says."""

    endpoint: Address
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]  # by Amazon's rules, which all stores take
    prefix: Annotated[str, Field(pattern=f"^({_PREFIX})?$", max_length=200), AfterValidator(_within)] = ""
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "us-east-1"
    access_key: Line
    secret_key_file: FileName
    authority_file: FileName | None = None
    seconds: Annotated[int, Field(ge=1, le=_MOST_SECONDS)] = 10


class Where(NamedTuple):
    """A bucket, and who we are there."""

    endpoint: str
    bucket: str
    prefix: str  # "" or with a slash at its end
    region: str
    access_key: str
    secret_key: str
    authority: Path | None
    seconds: int

    def __repr__(self) -> str:
        """Return what may be shown."""
        return f"Where({self.endpoint}, {self.bucket}, {self.prefix})"


def load(path: Path) -> Where:
    """Return the bucket that the file describes. Raises SettingsError (with what is wrong and where); OSError."""
    found = settings_file.read(path, BucketFile)
    file = path.parent / found.secret_key_file
    if stat.S_IMODE(file.stat().st_mode) & 0o007:
        raise SettingsError("setting_secret_open", "secret_key_file", "0640")
    secret = settings_file.secret(file, where="secret_key_file", ascii_only=True)
    authority = path.parent / found.authority_file if found.authority_file else None
    if authority is not None:
        authority.read_bytes()  # told here, not at the first upload
    prefix = f"{found.prefix}/" if found.prefix else ""
    return Where(found.endpoint, found.bucket, prefix, found.region, found.access_key, secret, authority, found.seconds)
