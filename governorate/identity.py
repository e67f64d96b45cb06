"""Whose licenses these are: what stands before their numbers, the governorate's names, hosts and contact (governorate.yaml)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seal.license import AUTHORITY, FORBIDDEN

from . import folder, yaml_values
from .licensed import Name
from .yaml_values import YamlValue, named

NAME_MAX = 80  # code points
_APPLICATIONS = "APP"  # stands before the numbers of applications
_HOST = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}(:[0-9]{1,5})?").fullmatch
_PHONE = re.compile(r"\+?[0-9][0-9 -]{1,22}[0-9]").fullmatch
_LINK = re.compile(r"(?:mailto:[^\s@?&<>\"]+@[^\s@?&<>\"]+|https://[^\s<>\"]+)", re.ASCII).fullmatch


class Contact(NamedTuple):
    """Whom people report to. `phone` and `link` (`mailto:` or `https://`) may be "", not both."""

    name: Name
    phone: str
    link: str


class Identity(NamedTuple):
    """Whose licenses these are. `called`: words of its name that are left out of authorities' names. No `contact`: none is announced."""

    prefix: str
    name: Name
    called: tuple[str, ...]
    hosts: tuple[str, ...]
    contact: Contact | None


def default() -> Identity:
    """Return the identity of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Identity:
    """Return the identity by the file of a governorate's folder. Raises RuleError."""
    return read(yaml_values.read(where / folder.IDENTITY))


def read(source: YamlValue) -> Identity:
    """Return the identity of a file that was read. Raises RuleError, which names file and line."""
    entries = source.mapping(required=("prefix", "ar", "en"), optional=("called", "hosts", "contact"))
    prefix = entries["prefix"].text()
    if not AUTHORITY.fullmatch(prefix) or prefix == _APPLICATIONS:
        entries["prefix"].refuse("rules_value_invalid", f"a capital letter and 1 to 3 capitals or digits, not {_APPLICATIONS}")
    for language in ("ar", "en"):
        if len(entries[language].text()) > NAME_MAX or FORBIDDEN.search(entries[language].text()):
            entries[language].refuse("rules_value_invalid", f"at most {NAME_MAX} characters, none of them invisible")
    hosts = entries["hosts"].items() if "hosts" in entries else []
    for host in hosts:
        if not _HOST(host.text()):
            host.refuse("rules_value_invalid", "a host is a name in small letters, with a port if it must be")
    return Identity(
        prefix,
        MappingProxyType(named(entries)),
        tuple(entries["called"].texts()) if "called" in entries else (),
        tuple(host.text() for host in hosts),
        _contact(entries["contact"]) if "contact" in entries else None,
    )


def _contact(source: YamlValue) -> Contact:
    entries = source.mapping(required=("ar", "en"), optional=("phone", "link"))
    phone, link = (entries[key].text() if key in entries else "" for key in ("phone", "link"))
    if not phone and not link:
        source.refuse("rules_key_missing", "phone or link")
    if phone and not _PHONE(phone):
        entries["phone"].refuse("rules_value_invalid", "a telephone number is expected")
    if link and not _LINK(link):
        entries["link"].refuse("rules_value_invalid", "mailto: or https:// is expected")
    return Contact(MappingProxyType(named(entries)), phone, link)
