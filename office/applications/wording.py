"""The words by which an application is found, in one spelling: alef, ya and ta marbuta forms, hamza, diacritics, tatweel and digits of
other scripts do not count (web.spelling), nor does the article in front of a word.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, delete

from issuer.intake.texts import skeleton, tidy
from web.spelling import bare

from .application import Application
from .tables import words

WORD_MAX = 40
WORDS_MAX = 60
_BETWEEN = re.compile(r"[\s،,.؛;:/\\|()\[\]«»\"'’‘–—_+*&-]+")


def parts(text: str) -> list[str]:
    """Return the words of a text, each in the one spelling, without those of a single letter that is no digit."""
    found = [skeleton(part)[:WORD_MAX] for part in _BETWEEN.split(tidy(text)) if part]
    return [part for part in found if len(part) > 1 or part.isdigit()]


def renew(connection: Connection, application: Application) -> None:
    """Make an application findable by what it says now, and by nothing that it said before."""
    connection.execute(delete(words).where(words.c.application_id == application.id))
    put(connection, application)


def put(connection: Connection, application: Application) -> None:
    """Make an application findable by its name, holder, address, numbers and mobile."""
    found = {word for text in (application.name, application.holder, application.asked_for.address) for word in parts(text)}
    found |= {bare(word) for word in found}
    found |= {skeleton(number) for number in (application.number, application.subject) if number}
    found |= {application.number.split("-")[3].lstrip("0")}
    if application.mobile:
        found.add(application.mobile.removeprefix("+2"))  # as it is dialled in Egypt
    kept = sorted(found)[:WORDS_MAX]
    connection.execute(
        words.insert(), [{"authority": application.authority, "word": word, "application_id": application.id} for word in kept]
    )
