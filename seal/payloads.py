"""What every reader of a signed payload needs: its members, of the kinds that they must be."""

from __future__ import annotations

from typing import Any

from .errors import FormatError


def array(value: Any) -> list[Any]:
    """Return an array of a payload. Raises FormatError."""
    if type(value) is not list:
        raise FormatError("damaged", "array expected")
    return value


def text(value: Any) -> str:
    """Return a text of a payload. Raises FormatError."""
    if type(value) is not str:
        raise FormatError("damaged", "text expected")
    return value


def uint(value: Any) -> int:
    """Return a whole number of a payload, below 2^53. Raises FormatError."""
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise FormatError("damaged", "number expected")
    return value
