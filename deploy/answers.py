"""What `khatm setup` is told, checked before anything is made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from accounts import administration
from governorate import identity

from .errors import SetupError

#: What stands in a line of khatm.conf and on a command line of systemd: nothing that either would read as more than a word.
_WORD = re.compile(r"[A-Za-z0-9_./:@?&=+,-]{1,500}").fullmatch
_FEWEST = 2  # administrators: one invites, another one confirms


class Person(NamedTuple):
    """An administrator to be invited: the name to sign in with, and how others read it."""

    name: str
    display: str


class Answers(NamedTuple):
    """A house to be made. `host`: of the codes, for ever; `office`: of portal and centre; `keys`: the key store, to be carried away."""

    host: str
    office: str
    register: str
    inspections: str
    keys: Path
    administrators: tuple[Person, ...]
    governorate: Path | None


def host(typed: str) -> str:
    """Return a host name as it is written. Raises SetupError `host_invalid`."""
    name = typed.strip().lower().rstrip(".")
    if not identity.HOST(name) or "." not in name:
        raise SetupError("host_invalid", typed)
    return name


def database(typed: str) -> str:
    """Return an SQLite file's path or a postgresql:// URL. Raises SetupError `database_invalid`, `password_in_url`."""
    url = typed.strip()
    if not _WORD(url) or not (url.startswith(("/", "postgresql://"))):
        raise SetupError("database_invalid", typed.rpartition("@")[2])
    if url.startswith("postgresql://") and re.search(r"//[^/@]*:[^/@]*@", url):
        raise SetupError("password_in_url")
    return url


def person(typed: str) -> Person:
    """Read `NAME=Display name`. Raises SetupError `person_invalid`."""
    name, _, display = typed.partition("=")
    name, display = name.strip().lower(), " ".join(display.split()) or name.strip()
    if not administration.NAME.fullmatch(name) or len(display) > administration.DISPLAY_MAX or not display.isprintable():
        raise SetupError("person_invalid", typed)
    return Person(name, display)


def people(typed: tuple[str, ...]) -> tuple[Person, ...]:
    """Read the administrators: two at least, each another name. Raises SetupError `person_invalid`, `two_people`."""
    found = tuple(map(person, typed))
    if len({each.name for each in found}) < max(_FEWEST, len(found)):
        raise SetupError("two_people")
    return found
