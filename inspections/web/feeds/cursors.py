"""Cursors: where a list goes on, opaque to whoever is given one. What is none of ours is refused, never taken for the beginning."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from inspections.web.problems import ProblemError

_LONGEST = 1200


def written(values: Sequence[str | int | float]) -> str:
    """Return the cursor that holds some values."""
    return urlsafe_b64encode(json.dumps(list(values), separators=(",", ":")).encode()).rstrip(b"=").decode()


def read(text: str, *kinds: type[Any]) -> tuple[Any, ...]:
    """Return the values of a cursor, which are of these kinds. Raises ProblemError `cursor_invalid`."""
    if len(text) > _LONGEST:
        raise ProblemError("cursor_invalid")
    try:
        values = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise ProblemError("cursor_invalid") from error
    if not isinstance(values, list) or [type(each) for each in values] != list(kinds):
        raise ProblemError("cursor_invalid")
    if any(isinstance(each, int) and not 0 <= each < 1 << 53 for each in values):
        raise ProblemError("cursor_invalid")
    return tuple(values)
