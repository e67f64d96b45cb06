"""The keys that applicants' data is kept under: a file of the office's web server's own, which is in no database and in no backup.

Each generation has two keys, drawn apart: one to encrypt by (AES-256-GCM), one to find by (HMAC-SHA256). The last is written by; the
earlier ones read what is not rewritten yet (rotation.py).
"""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import NamedTuple

from published import whole

from .errors import ApplicantError

FORMAT = "khatm-applicants-1"
_OCTETS = 32
_FILE_MAX = 64 * 1024
_GENERATIONS_MAX = 64


class Key(NamedTuple):
    """A generation: its name, and both its keys of 32 octets. `made` is an ISO day."""

    kid: str
    data: bytes
    finder: bytes
    made: str

    def __repr__(self) -> str:
        return f"Key({self.kid})"  # never the keys, whatever prints it


class Keyring(NamedTuple):
    """All generations, oldest first; there is at least one."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        """The one that is written by."""
        return self.keys[-1]

    def find(self, kid: str) -> Key:
        """Return a generation. Raises ApplicantError `applicant_key_lost`."""
        for key in self.keys:
            if key.kid == kid:
                return key
        raise ApplicantError("applicant_key_lost", kid)


def load(path: Path) -> Keyring:
    """Return the keys in a file. Raises ApplicantError `applicant_keys_file`."""
    try:
        with path.open("rb") as stream:
            octets = stream.read(_FILE_MAX + 1)
        if len(octets) > _FILE_MAX:
            raise ValueError("too large")
        read = json.loads(octets)
        if read["format"] != FORMAT or not 0 < len(read["keys"]) <= _GENERATIONS_MAX:
            raise ValueError("another format")
        keys = tuple(Key(str(each["kid"])[:16], _octets(each["data"]), _octets(each["index"]), str(each["made"])) for each in read["keys"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ApplicantError("applicant_keys_file", str(path)) from error
    if len({key.kid for key in keys}) != len(keys):
        raise ApplicantError("applicant_keys_file", str(path))
    return Keyring(keys)


def make(path: Path, *, day: str) -> Key:
    """Write a file with a first generation. Raises ApplicantError `applicant_keys_there`: keys are never overwritten; OSError."""
    if path.exists():
        raise ApplicantError("applicant_keys_there", str(path))
    return _write(path, (_drawn(day),))


def add(path: Path, *, day: str) -> Key:
    """Add a generation to a file; what is written from now on is written by it. Raises ApplicantError `applicant_keys_file`; OSError."""
    return _write(path, (*load(path).keys, _drawn(day)))


def drop(path: Path, kid: str) -> None:
    """Take a generation out of a file. Raises ApplicantError `applicant_key_unknown`, `applicant_key_needed` for the last; OSError."""
    keys = load(path).keys
    if all(key.kid != kid for key in keys):
        raise ApplicantError("applicant_key_unknown", kid[:16])
    if keys[-1].kid == kid:
        raise ApplicantError("applicant_key_needed", kid)
    _write(path, tuple(key for key in keys if key.kid != kid))


def _drawn(day: str) -> Key:
    return Key(secrets.token_hex(4), secrets.token_bytes(_OCTETS), secrets.token_bytes(_OCTETS), day)


def _write(path: Path, keys: tuple[Key, ...]) -> Key:
    plain = [{"kid": key.kid, "made": key.made, "data": _text(key.data), "index": _text(key.finder)} for key in keys]
    whole.write({path: json.dumps({"format": FORMAT, "keys": plain}, indent=1).encode() + b"\n"}, mode=0o600)
    return keys[-1]


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _octets(text: str) -> bytes:
    octets = base64.b64decode(text, validate=True)
    if len(octets) != _OCTETS:
        raise ValueError("not 32 octets")
    return octets
