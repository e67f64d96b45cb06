"""The verifier for gunicorn: `gunicorn -c python:verifier.gunicorn_conf verifier.wsgi`. An edge: it reads the environment.

| variable              | meaning                                                                | default                        |
|-----------------------|------------------------------------------------------------------------|--------------------------------|
| KHATM_PUBLISHED       | folder of the published, signed files                                  | var/published                  |
| KHATM_ROOT            | pinned root, a JWK file                                                | root.jwk beside that folder    |
| KHATM_STATE           | file that remembers the newest lists seen, against rollback            | none: as long as the process   |
| KHATM_APP             | folder of the built phone app, offered under /app/                     | none: no app                   |
| KHATM_TILES           | folder of map tiles (z/x/y.png, Web Mercator) for the app's map        | none: a drawing without a map  |
| KHATM_HOSTS           | hosts whose codes are ours, separated by commas                        | those of the trust list        |
| KHATM_SERVED_HOSTS    | host names to answer to, separated by commas; others get 421           | any                            |
| KHATM_TRUSTED_PROXIES | how many proxies before us set X-Forwarded-For and X-Forwarded-Proto   | 0                              |
| KHATM_CONTACT_AR      | whom people report to, in Arabic; then the other three belong to it    | the district, without a name   |
| KHATM_CONTACT_EN      | the same name in English                                               |                                |
| KHATM_CONTACT_PHONE   | a telephone to report by                                               |                                |
| KHATM_CONTACT_LINK    | mailto:NAME@HOST, or https:// with {reference} in it, to report by     |                                |
| KHATM_SECURITY_CONTACT | whom to tell of a weakness, for security.txt: mailto:, https:// or tel: | none: no security.txt          |
| KHATM_API_TEXTS       | codes that one address may have judged by the API in a minute; 0: any  | 600                            |
| KHATM_API_PICTURES    | pictures that one address may have read by the API in a minute; 0: any | 60                             |
| KHATM_BIND            | address and port (gunicorn_conf)                                       | 127.0.0.1:8000                 |
| KHATM_WORKERS         | worker processes (gunicorn_conf)                                       | 2                              |
| KHATM_THREADS         | threads of each (gunicorn_conf)                                        | 4                              |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from . import contact, security
from .app import create_app
from .contact import Contact
from .settings import Settings


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Return the settings that the environment names. Raises ValueError for what is no number or no contact."""
    folder = Path(environment.get("KHATM_PUBLISHED", "var/published"))
    state = environment.get("KHATM_STATE")
    proxies = _count(environment, "KHATM_TRUSTED_PROXIES", "0")
    return Settings(
        published=folder,
        root=Path(environment.get("KHATM_ROOT") or folder.parent / "root.jwk"),
        app=_folder(environment, "KHATM_APP"),
        tiles=_folder(environment, "KHATM_TILES"),
        state=Path(state) if state else None,
        hosts=_names(environment.get("KHATM_HOSTS", "")),
        served_hosts=_names(environment.get("KHATM_SERVED_HOSTS", "")),
        trusted_proxies=proxies,
        contact=_contact(environment),
        security_contacts=security.contacts(environment.get("KHATM_SECURITY_CONTACT", "")),
        texts_a_minute=_count(environment, "KHATM_API_TEXTS", "600"),
        pictures_a_minute=_count(environment, "KHATM_API_PICTURES", "60"),
    )


def _contact(environment: Mapping[str, str]) -> Contact | None:
    names = {"ar": "KHATM_CONTACT_AR", "en": "KHATM_CONTACT_EN", "phone": "KHATM_CONTACT_PHONE", "link": "KHATM_CONTACT_LINK"}
    return contact.parse(**{field: environment.get(name, "") for field, name in names.items()})


def _count(environment: Mapping[str, str], name: str, usual: str) -> int:
    count = int(environment.get(name) or usual)
    if count < 0:
        raise ValueError(f"{name} counts, from 0 on")
    return count


def _folder(environment: Mapping[str, str], name: str) -> Path | None:
    named = environment.get(name)
    return Path(named) if named else None


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())


application = create_app(settings_of(os.environ))  # noqa: TID251 - an edge
