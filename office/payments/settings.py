"""Which provider takes electronic payments, from a TOML file:

    address = "https://www.atfawry.com"   # FawryPay; http only for a simulator on this machine
    merchant = "…"                        # the merchant's code
    key_file = "fawry.key"                # the secure key, 0600, beside this file or by its whole path
    seconds = 20                          # how long a call may take (may be left out)

The key itself is in no settings file, so that this one may be shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from web import settings_file
from web.settings_file import Address, FileName, Line, Table

from .fawry import FawryPay, read_key

_MOST_SECONDS = 60  # a refund's lease is ten times as long


class ProviderFile(Table):
    """What the file says."""

    address: Address
    merchant: Line
    key_file: FileName
    seconds: Annotated[int, Field(ge=1, le=_MOST_SECONDS)] = 20


def load(path: Path) -> FawryPay:
    """Return the provider that the file describes.

    Raises SettingsError (with what is wrong and where); IssuerError `provider_key`, `provider_key_open`; OSError.
    """
    found = settings_file.read(path, ProviderFile)
    return FawryPay(found.address, found.merchant, read_key(path.parent / found.key_file), seconds=found.seconds)
