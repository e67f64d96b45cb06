"""Whose licenses these are: what stands before their numbers, the governorate's names, hosts and contact (governorate.yaml)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seal.license import PREFIX
from seal.trust import NAME_MAX, Governorate

from . import folder, yaml_values
from .errors import Faults, GovernorateError
from .licensed import Name
from .yaml_values import YamlValue, named

HOST = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}(:[0-9]{1,5})?").fullmatch
PHONE = re.compile(r"\+?[0-9][0-9 -]{1,22}[0-9]").fullmatch
#: An origin; without TLS only on one's own machine.
PORTAL = re.compile(r"https://[a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?|http://(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?").fullmatch
LINK = re.compile(r"(?:mailto:[^\s@?&<>\"]+@[^\s@?&<>\"]+|https://[^\s<>\"]+)", re.ASCII).fullmatch


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
    portal: str = ""  # where citizens ask for their applications and notices, https://HOST; "": no such address is announced


def default() -> Identity:
    """Return the identity of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


def must_be(whose: Governorate) -> None:
    """Return if `whose`, as keys or a trust list say it, is this process's governorate: whatever numbers, seals or serves asks first.

    Raises GovernorateError `governorate_other`; RuleError for the governorate's file.
    """
    here = default().prefix
    if here != whose.prefix:
        raise GovernorateError("governorate_other", f"{here}, {whose.prefix}")


@cache
def of(where: Path) -> Identity:
    """Return the identity by the file of a governorate's folder. Raises RuleError."""
    return read(yaml_values.read(where / folder.IDENTITY))


def read(source: YamlValue) -> Identity:
    """Return the identity of a file that was read. Raises RuleError, which names file and line."""
    entries, faults = source.mapping(required=("prefix", "ar", "en"), optional=("called", "hosts", "contact", "portal")), Faults()
    prefix, name = "", {}
    called: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    contact: Contact | None = None
    with faults.noted():
        prefix = _prefix(entries["prefix"])
    for language in ("ar", "en"):
        with faults.noted():
            name[language] = _named(entries[language])
    with faults.noted():
        called = tuple(entries["called"].texts()) if "called" in entries else ()
    with faults.noted():
        hosts = _hosts(entries["hosts"]) if "hosts" in entries else ()
    with faults.noted():
        contact = _contact(entries["contact"]) if "contact" in entries else None
    portal = ""
    with faults.noted():
        portal = _portal(entries["portal"]) if "portal" in entries else ""
    faults.settle()
    return Identity(prefix, MappingProxyType(name), called, hosts, contact, portal)


def _prefix(source: YamlValue) -> str:
    if not PREFIX.fullmatch(source.text()):
        source.refuse("rules_value_invalid", "a capital letter and 1 to 3 capitals or digits, not APP or VIO")
    return source.text()


def _named(source: YamlValue) -> str:
    text = source.text()
    if len(text) > NAME_MAX or text != text.strip():
        source.refuse("rules_value_invalid", f"at most {NAME_MAX} characters, without a blank at either end")
    return text


def _hosts(source: YamlValue) -> tuple[str, ...]:
    for host in source.items():
        if not HOST(host.text()):
            host.refuse("rules_value_invalid", "a host is a name in small letters, with a port if it must be")
    return tuple(source.texts())


def _portal(source: YamlValue) -> str:
    if not PORTAL(source.text()):
        source.refuse("rules_value_invalid", "https:// and a host, with a port if it must be, and nothing behind it")
    return source.text()


def _contact(source: YamlValue) -> Contact:
    entries = source.mapping(required=("ar", "en"), optional=("phone", "link"))
    phone, link = (entries[key].text() if key in entries else "" for key in ("phone", "link"))
    if not phone and not link:
        source.refuse("rules_key_missing", "phone or link")
    if phone and not PHONE(phone):
        entries["phone"].refuse("rules_value_invalid", "a telephone number is expected")
    if link and not LINK(link):
        entries["link"].refuse("rules_value_invalid", "mailto: or https:// is expected")
    return Contact(MappingProxyType(named(entries)), phone, link)
