"""The words by which an application is found, in one spelling: alef, ya and ta marbuta forms, hamza, diacritics, tatweel and digits of
other scripts do not count (issuer.intake.texts.skeleton), nor does the article in front of a word.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Connection, Row, delete

from issuer.intake.texts import skeleton, tidy

from .tables import words

WORD_MAX = 40
WORDS_MAX = 60
_BETWEEN = re.compile(r"[\s،,.؛;:/\\|()\[\]«»\"'’‘–—_+*&-]+")
_ARTICLE = "ال"


def parts(text: str) -> list[str]:
    """Return the words of a text, each in the one spelling, without those of a single letter that is no digit."""
    found = [skeleton(part)[:WORD_MAX] for part in _BETWEEN.split(tidy(text)) if part]
    return [part for part in found if len(part) > 1 or part.isdigit()]


def bare(word: str) -> str:
    """Return a word without the article, where enough of it stays to be a word."""
    return word[2:] if word.startswith(_ARTICLE) and len(word) > 4 else word


def renew(connection: Connection, row: Row[Any]) -> None:
    """Make an application findable by what it says now, and by nothing that it said before."""
    connection.execute(delete(words).where(words.c.application_id == row.id))
    put(connection, row)


def put(connection: Connection, row: Row[Any]) -> None:
    """Make an application findable by its name, holder, address, numbers and mobile."""
    address = json.loads(row.license)["address"]
    found = {word for text in (row.name, row.holder, address) for word in parts(text)}
    found |= {bare(word) for word in found}
    found |= {skeleton(number) for number in (row.number, row.subject or "") if number}
    found |= {row.number.split("-")[3].lstrip("0")}
    if row.mobile:
        found.add(row.mobile.removeprefix("+2"))  # as it is dialled in Egypt
    kept = sorted(found)[:WORDS_MAX]
    connection.execute(words.insert(), [{"authority": row.authority, "word": word, "application_id": row.id} for word in kept])
