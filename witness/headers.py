"""What the answers of a witness say to a browser, should one ever look: nothing in them is to be run or framed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from web.headers import NOSNIFF, PRIVATE, Header, content_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ANSWER: Sequence[Header] = (NOSNIFF, ("Referrer-Policy", "no-referrer"), *PRIVATE, content_policy(forms=False))


def policy(_: WSGIEnvironment) -> Sequence[Header]:
    """Return the headers of an answer: all are alike."""
    return _ANSWER
