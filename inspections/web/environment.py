"""The variables that the processes of inspections are set up by; `khatm inspections serve` sets them from its options."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from inspections.locations import Locations
from published import beside
from web.environment import Count, Environment, File, Names, Number, variable

from .settings import Settings


class Variables(Environment):
    """What the server takes from its environment."""

    database: str = variable("KHATM_INSPECTIONS_DATABASE", "SQLite file or postgresql:// URL", Locations().database)
    files: Path = variable("KHATM_INSPECTIONS_FILES", "folder of photographs and of the server's key", Locations().files)
    photographs: File = variable(
        "KHATM_INSPECTIONS_PHOTOGRAPHS", "folder of photographs, or a file (TOML) that describes a bucket", without="in that folder"
    )
    published: Path = variable("KHATM_INSPECTIONS_PUBLISHED", "folder of the published, signed files", Path("var/published"))
    root: File = variable(
        "KHATM_INSPECTIONS_ROOT", "pinned root: a root document, or a JWK", without="root.cose or root.jwk beside that folder"
    )
    sites: Path | None = variable("KHATM_INSPECTIONS_SITES", "folder of licensed sites that `khatm publish --sites` fills", without="none")
    oidc: File = variable("KHATM_INSPECTIONS_OIDC", "settings of the sign-in provider (TOML)", without="none: passwords only")
    map: File = variable("KHATM_INSPECTIONS_MAP", "map file (PMTiles): streets under the maps", without="none")
    served_hosts: Names = variable(
        "KHATM_INSPECTIONS_SERVED_HOSTS",
        "host names to answer to, separated by commas; others get 421",
        Settings.served_hosts,
        without="any",
    )
    trusted_proxies: Count = variable(
        "KHATM_INSPECTIONS_TRUSTED_PROXIES",
        "how many proxies before us set X-Forwarded-For and X-Forwarded-Proto",
        Settings.trusted_proxies,
    )
    hook_hosts: Names = variable(
        "KHATM_INSPECTIONS_HOOK_HOSTS",
        "hosts that webhooks may go to though they are not on the public internet, with http:// too, separated by commas",
        Settings.hook_hosts,
        without="none",
    )
    https: Literal["yes", "no"] = variable("KHATM_INSPECTIONS_HTTPS", "`no`: cookies over plain HTTP too, on a machine of one's own", "yes")


class ServerVariables(Environment):
    """What gunicorn takes from it."""

    bind: str = variable("KHATM_INSPECTIONS_BIND", "address and port", "127.0.0.1:8020")
    workers: Number = variable("KHATM_INSPECTIONS_WORKERS", "worker processes", 2)
    threads: Number = variable("KHATM_INSPECTIONS_THREADS", "threads of each", 16)


def settings_of(read: Variables) -> Settings:
    """Return the settings that the variables name."""
    return Settings(
        locations=Locations(read.database, read.files, read.photographs),
        published=read.published,
        root=read.root or beside(read.published.parent),
        sites=read.sites,
        oidc=read.oidc,
        map=read.map,
        served_hosts=read.served_hosts,
        trusted_proxies=read.trusted_proxies,
        hook_hosts=read.hook_hosts,
        https=read.https == "yes",
    )
