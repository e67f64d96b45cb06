"""What the pages say, in Arabic and English: their own words, then the sentences of inspections, accounts, pictures and the core."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from inspections.errors import SENTENCES
from seal.catalogue import Catalogue, Language
from web import writing

TABLE = Catalogue("inspections.web", "words.json", over=(SENTENCES,))
#: What a full disk says, also a quota (errno(3)).
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def speaker(language: Language) -> Callable[..., str]:
    """Return what says the text of a code in one language."""
    return lambda code, **gaps: TABLE.say(code, language, **gaps)


def moments(language: Language) -> Callable[[int | None], str]:
    """Return what says an instant (seconds since 1970 UTC) as day and time in Cairo, a dash for none."""
    return lambda seconds: "—" if seconds is None else writing.moment(seconds, language)


def isolated(text: Any) -> Markup:
    """Return a number or code that keeps its direction within Arabic text (UAX #9)."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)
