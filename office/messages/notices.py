"""What the office writes to citizens, word by word. Numbers, days, amounts, codes, the official link and the names that a service's own
file gives to documents fill it in, and nothing else.

No name of a person, activity or reason ever gets into a text: whoever may choose one could put a link of his own into a message of the
governorate.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from string import Formatter

from sqlalchemy import Connection

from issuer.errors import IssuerError
from issuer.register import history
from office import pounds
from seal.catalogue import Language

from . import links, outbox

FACTS = frozenset({"number", "code", "money", "day", "time", "link", "documents"})
_TIME = re.compile(r"[0-2][0-9]:[0-5][0-9]", re.ASCII)
_PLAIN = re.compile(r"[A-Z0-9-]{1,32}", re.ASCII)  # a number of ours, or a code: no dot and no slash, so no address
_LISTED = re.compile(r"[^\W\d_]+( [^\W\d_]+|[،,] [^\W\d_]+|…)*")  # words of letters, and no dot between them: no address
_LISTING: Mapping[Language, tuple[str, str]] = {"ar": ("، ", "…"), "en": (", ", " and more")}  # between two, and after the last of many
_NAMED_MOST = 4  # documents that a message names
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)

Texts = Mapping[str, Mapping[Language, str]]


@cache
def default() -> Texts:
    """Return the texts that come with the program: kind to language to text."""
    return parse((files("office") / "data/messages.json").read_text("utf-8"))


def parse(text: str) -> Texts:
    """Read texts (JSON), strictly: both languages, the same facts in both, no address of their own.

    Raises IssuerError `messages_invalid`.
    """
    try:
        read: dict[str, dict[Language, str]] = json.loads(text)
        for kind, languages in read.items():
            if set(languages) != {"ar", "en"} or any("://" in words for words in languages.values()):
                raise ValueError(f"{kind}: ar and en, without an address")
            facts = {language: _facts(words) for language, words in languages.items()}
            if facts["ar"] != facts["en"] or not facts["ar"] <= FACTS:
                raise ValueError(f"{kind}: the same facts in both languages, of {', '.join(sorted(FACTS))}")
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise IssuerError("messages_invalid", str(error)) from error
    return read


def _facts(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def enqueue(
    connection: Connection,
    kind: str,
    *,
    event: str,
    to: str,
    now: int,
    language: Language = "ar",
    expires: int | None = None,
    number: str = "",
    code: str = "",
    piastres: int | None = None,
    day: date | None = None,
    time: str = "",
    position: int | None = None,
    documents: str = "",
) -> bool:
    """Put the notice `kind` into the outbox, once for each `event`; return False if it is there already. What expires is urgent.

    What tells of a seal waits until its `position` is in the log.

    `to` is E.164. Raises IssuerError `mobile_invalid`; ValueError for a fact that is missing or is not what it should be; KeyError for an
    unknown kind.
    """
    facts = {
        "number": number,
        "code": code,
        "money": "" if piastres is None else pounds.plain(piastres),
        "day": day.isoformat() if day else "",
        "time": time,
        "documents": documents,
    }
    if time and not _TIME.fullmatch(time):
        raise ValueError("a time is 09:30")
    if documents and not _LISTED.fullmatch(documents):
        raise ValueError("documents are as `listed` lists them")
    if any(fact and not _PLAIN.fullmatch(fact) for fact in (number, code)):
        raise ValueError("a number or a code is letters, digits and dashes")
    text = _text(kind, language, facts)
    return outbox.enqueue(
        connection, event=event, to=to, text=text, now=now, urgent=expires is not None, expires=expires, position=position
    )


def listed(names: Sequence[str], language: Language = "ar") -> str:
    """Return documents as a message names them: without what their names say in brackets, and of many only the first.

    In English all of it is of the GSM alphabet, in which a message is half as long.
    """
    plain = ("".join(letter for letter in name.partition("(")[0] if not unicodedata.combining(letter)) for name in names)
    short = ["".join(letter if letter.isalpha() else " " for letter in name).split() for name in plain]
    told = [" ".join(words) for words in short if words]
    between, more = _LISTING[language]
    return between.join(told[:_NAMED_MOST]) + (more if len(told) > _NAMED_MOST else "")


def issued(
    connection: Connection,
    license_number: str,
    *,
    edition: int,
    to: str,
    host: str,
    now: int,
    language: Language = "ar",
    kind: str = "issued",
) -> bool:
    """Tell that a license is issued, or of another `kind` with a link (`reissued`: its code is a new one), with a new link to its keep page
    on `host`, once for each edition. Return False if it is told already.

    Raises as `enqueue` does, and IssuerError `number_unknown`.
    """
    if not _HOST.fullmatch(host):
        raise ValueError("a host, without an address's other parts")
    event = f"{license_number}/{edition}/issued"
    if outbox.of_event(connection, event):
        return False
    with connection.begin_nested() as attempt:
        link = links.address(host, links.of(connection, license_number, now=now))
        text = _text(kind, language, {"number": license_number, "link": link})
        position = history.current(connection, license_number).position
        told = outbox.enqueue(connection, event=event, to=to, text=text, now=now, position=position)
        if not told:  # somebody else was faster; no link stays that nobody was sent
            attempt.rollback()
    return told


def _text(kind: str, language: Language, facts: Mapping[str, str]) -> str:
    words = default()[kind][language]
    if missing := sorted(name for name in _facts(words) if not facts.get(name)):
        raise ValueError(f"{kind} needs {', '.join(missing)}")
    return words.format_map(facts)
