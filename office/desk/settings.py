"""Everything that an operator or a test may set. `wsgi` fills it from the environment, `khatm office serve` from options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from web import clock


@dataclass(frozen=True)
class Settings:
    """How one office runs."""

    register: str  # SQLite file or postgresql:// URL
    published: Path  # the folder of signed files: names and areas of the authorities
    root: Path  # the pinned root, a JWK file
    documents: Path  # of uploads: a folder, or a file (TOML) that describes a bucket
    served_hosts: frozenset[str] = frozenset()  # host names this service answers to; empty: any
    trusted_proxies: int = 0  # how many proxies before us set X-Forwarded-For and -Proto
    https: bool = True  # cookies for HTTPS only; off for a machine of one's own
    receipts: Path | None = None  # key store that holds the key for application receipts; None: receipts are not signed
    passphrase: bytes = b""  # of that key store
    provider: Path | None = None  # settings of the payment provider (TOML); None: at the counter only
    oidc: Path | None = None  # settings of the sign-in provider (TOML); None: passwords only
    gateway_secret: bytes = b""  # of the message gateway's delivery receipts; empty: it sends none
    inspections: Path | None = None  # where inspections are (TOML); None: nothing of notices and proposals is known here
    origin: str = ""  # of the pages on which passkeys are made and used, as https://office.example; empty: none can be
    map: Path | None = None  # a map file, whose streets lie under the maps; None: outlines without streets
    roster: Path | None = None  # of the first administrators, signed by the root; None: roster.cose beside the root
    apple_wallet: Path | None = None  # keys of passes for Apple's Wallet (TOML); None: none are given
    google_wallet: Path | None = None  # the same for Google Wallet
    applicants: Path | None = None  # the keys by which applicants' data is kept; None: nobody is asked who applies
    register_read: str = ""  # postgresql:// URL of a replica, for pages that only show; empty: all read from the register
    now: Callable[[], int] = clock.seconds  # seconds since 1970 UTC
    check_seconds: float = 1.0  # look for changed published files at most this often
