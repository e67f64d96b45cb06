"""What may be sealed without an application: files of licenses, and corrections by hand, each released by name.

    released/<SHA-256 of the file>        released/<license number>.<edition>

They are empty files in the store of the last checkpoint. Whoever may write there, may release: the publisher's user of the system.
"""

from __future__ import annotations

from pathlib import Path

from issuer.errors import IssuerError
from published import whole

FOLDER = "released"


def of_file(digest: bytes) -> str:
    """Return the name of a file's release, by its SHA-256."""
    return digest.hex()


def of_seal(number: str, edition: int) -> str:
    """Return the name of the release of one edition of a license."""
    return f"{number}.{edition}"


def release(store: Path, name: str) -> None:
    """Release. Raises IssuerError `release_not_yours` where the store belongs to somebody else; OSError."""
    folder = store / FOLDER
    try:
        whole.write({folder / name: b""}, mode=0o644)  # in a folder that others read, whatever rights the process gives new ones
    except PermissionError as error:
        raise IssuerError("release_not_yours", str(store)) from error


def released(store: Path, name: str) -> bool:
    """Say whether something was released. Raises OSError."""
    return (store / FOLDER / name).is_file()


def require(store: Path, name: str) -> None:
    """Return if something was released. Raises IssuerError `release_missing`."""
    if not released(store, name):
        raise IssuerError("release_missing", name)
