"""Which provider takes electronic payments, from a TOML file:

    address = "https://www.atfawry.com"   # FawryPay; http only for a simulator on this machine
    merchant = "…"                        # the merchant's code
    key_file = "fawry.key"                # the secure key, 0600, beside this file or by its whole path
    seconds = 20                          # how long a call may take (may be left out)

The key itself is in no settings file, so that this one may be shown.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from issuer.errors import IssuerError

from .fawry import FawryPay, read_key

_KINDS = {"address": str, "merchant": str, "key_file": str, "seconds": int}
_MOST_SECONDS = 60  # a refund's lease is ten times as long
DEFAULT_SECONDS = 20


def load(path: Path) -> FawryPay:
    """Return the provider that the file describes.

    Raises IssuerError `provider_settings` (with what is wrong), `provider_address`, `provider_key`, `provider_key_open`; OSError.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise IssuerError("provider_settings", path.name) from error
    wrong = [name for name in sorted(found.keys() | _KINDS) if type(found.get(name, DEFAULT_SECONDS)) is not _KINDS.get(name)]
    seconds = found.get("seconds", DEFAULT_SECONDS)
    if not wrong and not 1 <= seconds <= _MOST_SECONDS:
        wrong = ["seconds"]
    if wrong:
        raise IssuerError("provider_settings", ", ".join(wrong))
    return FawryPay(found["address"], found["merchant"], read_key(path.parent / found["key_file"]), seconds=seconds)
