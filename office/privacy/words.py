"""What copies, erasures and breach reports say, in Arabic and English; codes of other rooms speak with their own words."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from issuer.sentences import SENTENCES as ISSUER_SENTENCES
from seal.catalogue import Catalogue, Language

WORDS = Catalogue("office.privacy", "words.json", over=(ISSUER_SENTENCES,))


def say(code: str, language: Language, **gaps: object) -> str:
    """Return a text, its gaps filled."""
    return WORDS.say(code, language, **gaps)


def told(code: str, language: Language) -> str:
    """Return the words of a code that comes from elsewhere, or the code itself."""
    return WORDS[code][language] if code in WORDS else code


@cache
def template(name: str) -> Template:
    """Return a template of this room's pages: they stand alone, with no script, and fetch nothing."""
    environment = Environment(loader=PackageLoader("office.privacy"), autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    return environment.get_template(name)


def render(name: str, **values: Any) -> bytes:
    """Return a page in UTF-8."""
    return template(name).render(say=say, told=told, **values).encode()
