"""The office for gunicorn: `gunicorn -c python:office.desk.gunicorn_conf office.desk.wsgi`. An edge: it reads the environment.

| variable                     | meaning                                                                     | default                    |
|------------------------------|-----------------------------------------------------------------------------|----------------------------|
| KHATM_OFFICE_REGISTER        | SQLite file or postgresql:// URL                                            | var/register.sqlite        |
| KHATM_OFFICE_PUBLISHED       | folder of the published, signed files                                       | var/published              |
| KHATM_OFFICE_ROOT            | pinned root, a JWK file                                                     | root.jwk beside that folder|
| KHATM_OFFICE_DOCUMENTS       | folder of uploaded documents                                                | var/documents              |
| KHATM_OFFICE_SERVED_HOSTS    | host names to answer to, separated by commas; others get 421                | any                        |
| KHATM_OFFICE_TRUSTED_PROXIES | how many proxies before us set X-Forwarded-For and X-Forwarded-Proto        | 0                          |
| KHATM_OFFICE_HTTPS           | `no`: cookies over plain HTTP too, on a machine of one's own                | yes                        |
| KHATM_OFFICE_RECEIPTS        | key store with the key for application receipts, and no other               | none: receipts are unsigned|
| KHATM_OFFICE_PASSPHRASE_FILE | file with that key store's passphrase                                       | none                       |
| KHATM_OFFICE_PROVIDER        | settings of the payment provider (TOML)                                     | none: at the counter only  |
| KHATM_OFFICE_GATEWAY_SECRET  | file with the secret of the message gateway's delivery receipts             | none                       |
| KHATM_OFFICE_BIND            | address and port (gunicorn_conf)                                            | 127.0.0.1:8010             |
| KHATM_OFFICE_WORKERS         | worker processes (gunicorn_conf)                                            | 2                          |
| KHATM_OFFICE_THREADS         | threads of each (gunicorn_conf)                                             | 4                          |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .app import create_app
from .settings import Settings


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Return the settings that the environment names. Raises ValueError for what is none; OSError for a file that cannot be read."""

    def named(variable: str, default: str = "") -> str:
        return environment.get(f"KHATM_OFFICE_{variable}") or default

    published = Path(named("PUBLISHED", "var/published"))
    proxies = int(named("TRUSTED_PROXIES", "0"))
    if proxies < 0:
        raise ValueError("KHATM_OFFICE_TRUSTED_PROXIES counts proxies")
    return Settings(
        register=named("REGISTER", "var/register.sqlite"),
        published=published,
        root=Path(named("ROOT", str(published.parent / "root.jwk"))),
        documents=Path(named("DOCUMENTS", "var/documents")),
        served_hosts=frozenset(name.strip().lower() for name in named("SERVED_HOSTS").split(",") if name.strip()),
        trusted_proxies=proxies,
        https=named("HTTPS", "yes") != "no",
        receipts=_path(named("RECEIPTS")),
        passphrase=_secret(named("PASSPHRASE_FILE")),
        provider=_path(named("PROVIDER")),
        gateway_secret=_secret(named("GATEWAY_SECRET")),
    )


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _secret(text: str) -> bytes:
    return Path(text).read_bytes().rstrip(b"\r\n") if text else b""


application = create_app(settings_of(os.environ))  # noqa: TID251 - an edge
