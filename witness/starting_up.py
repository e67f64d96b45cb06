"""What has to be in order before a witness answers anybody."""

from __future__ import annotations

from pathlib import Path

from keys.errors import CustodyError, named
from keys.passphrase import read_passphrase
from storage.errors import disk

from . import folder as folders
from .cosigning import Witness
from .errors import WitnessError


def witness(folder: Path, passphrase_file: Path | None) -> Witness:
    """Return the witness of a folder, unlocked, its state read.

    Raises WitnessError `passphrase_needed`, `passphrase_wrong`, `passphrase_missing`, `key_open_to_others`, `disk`,
    `permission`, `read_only`; StateError.
    """
    if passphrase_file is None:
        raise WitnessError("passphrase_needed")
    try:
        passphrase = read_passphrase(passphrase_file, None, confirm=False)
        unlocked = Witness(folder, folders.signers(folder, passphrase))
        unlocked.check()
    except CustodyError as error:
        raise WitnessError(error.code, error.detail) from error
    except OSError as error:
        raise WitnessError(disk(error), named(error)) from error
    return unlocked
