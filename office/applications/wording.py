"""The words by which an application is found (office/spelling.py)."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from issuer.intake.texts import skeleton
from office.spelling import WORD_MAX, bare, parts

from .application import Application
from .tables import words

WORDS_MAX = 60
__all__ = ["WORDS_MAX", "WORD_MAX", "bare", "parts", "put", "renew"]


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
