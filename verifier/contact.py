"""Whom to report to: the governorate's contact, and a link that brings the reference of a verdict along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from governorate import identity
from governorate.identity import LINK, PHONE
from seal.catalogue import Language

from . import words

REFERENCE = "{reference}"  # where a web address takes the reference
_LENGTH_MOST = 300


class Contact(NamedTuple):
    """Somebody to report to: a name in both languages, a telephone or "", and `mailto:` or `https://`, or ""."""

    name: Mapping[Language, str]
    phone: str = ""
    link: str = ""

    @property
    def call(self) -> str:
        """The telephone as a link, "" without one."""
        return f"tel:{re.sub('[^0-9+]', '', self.phone)}" if self.phone else ""

    def report(self, reference: str, language: Language) -> str:
        """Return the link that reports a verdict: a letter with the reference, or a page that is told it. "" without a link."""
        if self.link.startswith("mailto:"):
            subject, body = (quote(words.say(f"report_{part}", language, reference=reference)) for part in ("subject", "body"))
            return f"{self.link}?subject={subject}&body={body}"
        return self.link.replace(REFERENCE, quote(reference, safe=""))


def parse(*, ar: str, en: str, phone: str = "", link: str = "") -> Contact | None:
    """Return the contact that an operator named, None where nothing is said. Raises ValueError for half of one, or what cannot be used."""
    ar, en, phone, link = (part.strip() for part in (ar, en, phone, link))
    if not (ar or en or phone or link):
        return None
    if not (ar and en) or not (phone or link):
        raise ValueError("a contact has a name in Arabic and in English, and a telephone or a link")
    if max(map(len, (ar, en, link))) > _LENGTH_MOST or (phone and not PHONE(phone)):
        raise ValueError("a contact's telephone is digits, blanks and hyphens, with + before")
    if link and not LINK(link):
        raise ValueError("a contact's link is mailto:NAME@HOST, or https:// with {reference} where the reference belongs")
    return Contact({"ar": ar, "en": en}, phone, link)


class Announced(NamedTuple):
    """Whom a governorate's folder names, its citizens' portal ("": none), and the prefix of its license numbers: people of another one are
    not sent there.
    """

    prefix: str
    contact: Contact | None
    portal: str = ""


def announced() -> Announced | None:
    """Return whom this process's governorate names, None if nobody is. Raises RuleError."""
    here = identity.default()
    if here.contact is None and not here.portal:
        return None
    ours = here.contact
    whom = Contact({"ar": ours.name["ar"], "en": ours.name["en"]}, ours.phone, ours.link) if ours else None
    return Announced(here.prefix, whom, here.portal)
