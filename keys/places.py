"""Where a private key is that lies in no file: in a token, which a module of PKCS#11 speaks to.

Beside the files of other keys lies a small one that says so, `KID.pkcs11.json`: the module, the token, the key's CKA_ID, its public half.
Never a PIN. It is for its owner's eyes and hands alone all the same: who could write it could have any program loaded.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from seal import trust
from seal.errors import FormatError

from . import pem
from .errors import CustodyError

ENDING = ".pkcs11.json"
_LONGEST = 4096  # octets of such a file
_OCTETS = ("id", "x", "y")


class Token(NamedTuple):
    """A token by the path of its module and its label, as people name it."""

    module: str
    label: str


class Place(NamedTuple):
    """A key in a token. `id`: its CKA_ID; `x`, `y`: the coordinates of its public half, 32 octets each."""

    module: str
    token: str
    serial: str
    id: bytes
    x: bytes
    y: bytes

    def public(self) -> ec.EllipticCurvePublicKey:
        """Return the public half. Raises CustodyError `custody_corrupt`."""
        try:
            return trust.public_key(self.x, self.y)
        except FormatError as error:
            raise CustodyError("custody_corrupt", "public key") from error


def path(folder: Path, kid: str) -> Path:
    """Return where the file for a kid (hex) is, if there is one."""
    return folder / f"{kid}{ENDING}"


def files(folder: Path) -> list[Path]:
    """Return every such file of a folder."""
    return sorted(folder.glob(f"*{ENDING}"))


def write(file: Path, place: Place) -> None:
    """Write down where a key is. Raises OSError."""
    octets = {name: getattr(place, name).hex() for name in _OCTETS}
    pem.replace(file, json.dumps(place._asdict() | octets, ensure_ascii=False, indent=1).encode(), 0o600)


def read(file: Path) -> Place | None:
    """Return where a key is, None where there is no such file.

    Raises CustodyError `key_open_to_others`, `place_of_another` (it names a program that would be loaded), `custody_corrupt`.
    """
    try:
        with file.open("rb") as stream:
            found = os.fstat(stream.fileno())
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise CustodyError("key_open_to_others", file.name)
            if found.st_uid not in (0, os.geteuid()):
                raise CustodyError("place_of_another", file.name)
            held = json.loads(stream.read(_LONGEST))
        return _of(held)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise CustodyError("custody_corrupt", file.name) from error


def told(folder: Path, kid: str) -> str:
    """Return in which token a key of a list is, as its line ends; "" for one in a file, and for who may not look."""
    try:
        place = read(path(folder, kid))
    except CustodyError as error:
        return f"  {error.code}"
    except OSError:
        return ""
    return f"  in the token {place.token}" if place else ""


def _of(held: dict[str, str]) -> Place:
    octets = (bytes.fromhex(held[name]) for name in _OCTETS)
    place = Place(held["module"], held["token"], held["serial"], *octets)
    if held.keys() != set(Place._fields) or not all(isinstance(text, str) for text in held.values()):
        raise ValueError
    if not Path(place.module).is_absolute() or not place.id or {len(place.x), len(place.y)} != {32}:
        raise ValueError
    return place
