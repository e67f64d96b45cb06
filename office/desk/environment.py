"""The variables that the desk's processes are set up by; `khatm office serve` sets them from its options."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from published import beside
from web.environment import Count, Environment, File, Names, Number, named, variable

from .settings import Settings

#: The setting that names a replica of the register, for the desk and for whoever looks after it.
REGISTER_READ = "KHATM_REGISTER_READ"


class Variables(Environment):
    """What the desk takes from its environment."""

    register_: str = variable("KHATM_OFFICE_REGISTER", "SQLite file or postgresql:// URL", "var/register.sqlite")
    register_read: str = variable(REGISTER_READ, "postgresql:// URL of a replica, for pages that only show", "", without="the register")
    published: Path = variable("KHATM_OFFICE_PUBLISHED", "folder of the published, signed files", Path("var/published"))
    root: File = variable("KHATM_OFFICE_ROOT", "pinned root: a root document, or a JWK", without="root.cose or root.jwk beside that folder")
    documents: Path = variable(
        "KHATM_OFFICE_DOCUMENTS", "folder of uploaded documents, or a file (TOML) that describes a bucket", Path("var/documents")
    )
    oidc: File = variable("KHATM_OFFICE_OIDC", "settings of the sign-in provider (TOML)", without="none: passwords only")
    served_hosts: Names = variable(
        "KHATM_OFFICE_SERVED_HOSTS", "host names to answer to, separated by commas; others get 421", Settings.served_hosts, without="any"
    )
    trusted_proxies: Count = variable(
        "KHATM_OFFICE_TRUSTED_PROXIES", "how many proxies before us set X-Forwarded-For and X-Forwarded-Proto", Settings.trusted_proxies
    )
    https: Literal["yes", "no"] = variable("KHATM_OFFICE_HTTPS", "`no`: cookies over plain HTTP too, on a machine of one's own", "yes")
    receipts: File = variable(
        "KHATM_OFFICE_RECEIPTS", "key store with the key for application receipts, and no other", without="none: receipts are unsigned"
    )
    passphrase_file: File = variable("KHATM_OFFICE_PASSPHRASE_FILE", "file with that key store's passphrase", without="none")
    provider: File = variable("KHATM_OFFICE_PROVIDER", "settings of the payment provider (TOML)", without="none: at the counter only")
    gateway_secret: File = variable(
        "KHATM_OFFICE_GATEWAY_SECRET", "file with the secret of the message gateway's delivery receipts", without="none"
    )
    inspections: File = variable(
        "KHATM_OFFICE_INSPECTIONS", "where inspections are (TOML), for notices and proposals", without="none: they are not connected"
    )
    origin: str = variable(
        "KHATM_OFFICE_ORIGIN", "address of the centre's pages, such as `https://office.example`, for passkeys", "", without="no passkeys"
    )
    map_: File = variable("KHATM_OFFICE_MAP", "map file (PMTiles) whose streets lie under the maps", without="outlines without streets")
    roster: File = variable(
        "KHATM_OFFICE_ROSTER", "roster of the first administrators, signed by the root", without="roster.cose beside the root"
    )
    apple_wallet: File = variable("KHATM_OFFICE_APPLE_WALLET", "keys of passes for Apple's Wallet (TOML)", without="no such button")
    google_wallet: File = variable("KHATM_OFFICE_GOOGLE_WALLET", "keys of passes for Google Wallet (TOML)", without="no such button")
    applicants: File = variable(
        "KHATM_OFFICE_APPLICANTS", "keys by which applicants' data is kept, of this server alone", without="nobody is asked who applies"
    )


class ServerVariables(Environment):
    """What gunicorn takes from it."""

    bind: str = variable("KHATM_OFFICE_BIND", "address and port", "127.0.0.1:8010")
    workers: Number = variable("KHATM_OFFICE_WORKERS", "worker processes", 2)
    threads: Number = variable("KHATM_OFFICE_THREADS", "threads of each", 16)


def settings_of(read: Variables) -> Settings:
    """Return the settings that the variables name. Raises SettingsError for a file that cannot be read."""
    return Settings(
        register=read.register_,
        register_read=read.register_read,
        published=read.published,
        root=read.root or beside(read.published.parent),
        documents=read.documents,
        oidc=read.oidc,
        served_hosts=read.served_hosts,
        trusted_proxies=read.trusted_proxies,
        https=read.https == "yes",
        receipts=read.receipts,
        passphrase=named(read.passphrase_file, "KHATM_OFFICE_PASSPHRASE_FILE"),
        provider=read.provider,
        gateway_secret=named(read.gateway_secret, "KHATM_OFFICE_GATEWAY_SECRET"),
        inspections=read.inspections,
        origin=read.origin,
        map=read.map_,
        roster=read.roster,
        apple_wallet=read.apple_wallet,
        google_wallet=read.google_wallet,
        applicants=read.applicants,
    )
