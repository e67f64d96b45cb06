"""What templates need beyond words: the shapes of results, and numbers that keep their direction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

_NUMBERS = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)? ± \d+(?:\.\d+)?|\d+(?:\.\d+)?±\d+(?:\.\d+)?")


def isolated(text: str) -> Markup:
    """Return `text` with its dates held together, or Arabic text would turn their order around (UAX #9)."""
    return Markup(_NUMBERS.sub(lambda match: f'<bdi dir="ltr">{match[0]}</bdi>', str(escape(text))))  # noqa: S704 - escaped first


@cache
def shapes() -> Mapping[str, Markup]:
    """Return what stands inside each symbol of static/icons.svg, by its name; pages have it inline, the phone app refers to the file."""
    text = files(__package__).joinpath("static/icons.svg").read_text("utf-8")
    return {name: Markup(shape) for name, shape in re.findall(r'<symbol id="(\w+)"[^>]*>(.*?)</symbol>', text)}  # noqa: S704 - our own file
