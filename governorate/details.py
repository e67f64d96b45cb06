"""What stands in brackets behind a refusal of a governorate's file, in Arabic; in data/details.json `{}` is what is named."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files


def arabic(what: str) -> str:
    """Return the words in Arabic; what has none, as a code that is named alone or a parser's own words, as it is."""
    for form, said in _forms():
        if found := form.fullmatch(what):
            first, *rest = said.split("{}")
            return first + "".join(named + text for named, text in zip(found.groups(), rest, strict=True))
    return what


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the forms, what says most of itself first: `{} does not ask for {}` fits what a longer form fits too."""
    held: dict[str, str] = json.loads(files(__package__).joinpath("data/details.json").read_text("utf-8"))
    ordered = sorted(held.items(), key=lambda each: -len(each[0].replace("{}", "")))
    return tuple((re.compile("(.+)".join(map(re.escape, form.split("{}")))), said) for form, said in ordered)
