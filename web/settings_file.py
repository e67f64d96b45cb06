"""Files of settings (TOML): parsed once into a frozen record of a room's own; what is not known there is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from . import faults
from .addresses import guarded
from .faults import SettingsError

OCTETS_MAX = 64 * 1024


class Table(BaseModel):
    """A table of such a file. Kinds are TOML's own: no number is read out of a text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


_Read = TypeVar("_Read", bound=Table)


def read(path: Path, record: type[_Read]) -> _Read:
    """Return what the file says. Raises SettingsError, with every fault in it; OSError if it cannot be read."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would never end
        raise SettingsError("settings_unreadable", path.name)
    with path.open("rb") as stream:
        content = stream.read(OCTETS_MAX + 1)
    if len(content) > OCTETS_MAX:
        raise SettingsError("settings_too_large", path.name, f"≤ {OCTETS_MAX}")
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError too
        raise SettingsError("settings_syntax", path.name, _place(error)) from error
    try:
        return record.model_validate(found)
    except ValidationError as error:
        raise faults.of(error, path.name) from None


def secret(path: Path, *, where: str, least: int = 1, most: int = 4096, ascii_only: bool = False) -> str:
    """Return the one line of a file that holds a secret, `least` to `most` octets; `where` is the setting that names it.

    Raises SettingsError `setting_secret`, which does not tell the secret; OSError if the file cannot be read.
    """
    with path.open("rb") as stream:
        line = stream.read(most + 3).rstrip(b"\r\n")
    try:
        text = line.decode("ascii" if ascii_only else "utf-8")
    except UnicodeDecodeError:
        text = ""
    if not text.isprintable() or not max(least, 1) <= len(line) <= most or not text:
        raise SettingsError("setting_secret", where, f"{least}–{most}" + (" ASCII" if ascii_only else ""))
    return text


def _place(error: Exception) -> str:
    """Return where the parser stopped: only that part of its words, for others quote the file."""
    _, _, place = str(error).rpartition("(at ")
    line = place.removeprefix("line ").partition(",")[0]
    return f"line {line}" if place.startswith("line ") and line.isdigit() else ""


def _address(text: str) -> str:
    if not guarded(text):
        raise faults.wrong("setting_not_address", "https://HOST/PATH")
    return text


def _file(text: str) -> str:
    if "\0" in text:
        raise faults.wrong("setting_invalid")
    return text


Line = Annotated[str, Field(min_length=1, max_length=500)]
#: Where secrets are sent: https, or http to this machine alone.
Address = Annotated[Line, AfterValidator(_address)]
#: The path of a file, as written: relative to the file of settings, or whole.
FileName = Annotated[Line, AfterValidator(_file)]
