"""The templates of papers: one environment, which escapes everything, and refuses a name that nobody gave it."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def environment() -> Environment:
    """Return what reads the templates; filters are put in by whoever uses them."""
    return Environment(loader=PackageLoader("office.papers"), autoescape=True, undefined=StrictUndefined)


@cache
def template(name: str) -> Template:
    """Return a template, read once."""
    return environment().get_template(name)
