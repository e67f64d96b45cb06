"""Where a page of a list begins, as the link of the page before says."""

from __future__ import annotations

from flask import request

from issuer.errors import IssuerError

_DIGITS_MOST = 15


def before() -> int:
    """Return below which id a page begins, 0 for the first one. Raises IssuerError `page_unknown` for what no link of ours says."""
    return _number("before")


def passed() -> int:
    """Return how many lines the pages before this one had, 0 for the first one. Raises IssuerError `page_unknown` as `before`."""
    return _number("passed")


def _number(name: str) -> int:
    text = request.args.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST and int(text)):
        raise IssuerError("page_unknown")
    return int(text)
