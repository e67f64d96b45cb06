"""What the fields of an inspection may hold: each check returns for what is allowed and raises for everything else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import FormatError
from .license import FORBIDDEN

Check = Callable[[Any], None]
_CODE = re.compile(r"[a-z][a-z0-9_.]{0,47}").fullmatch


class Shape:
    """A map that has all of some keys, perhaps some of others, and nothing else."""

    def __init__(self, needed: Mapping[int | str, Check], allowed: Mapping[int | str, Check] | None = None) -> None:
        self._needed = frozenset(needed)
        self._checks = {**needed, **(allowed or {})}

    def __call__(self, value: Any) -> None:
        """Return if `value` is such a map. Raises FormatError."""
        if type(value) is not dict or not self._needed <= value.keys() <= self._checks.keys() or any(type(key) is bool for key in value):
            raise FormatError("damaged", "inspection")
        if any(type(key) not in (int, str) for key in value):
            raise FormatError("damaged", "inspection")
        for key, inner in value.items():
            self._checks[key](inner)


def _hold(right_type: bool, within: Callable[[], object]) -> None:
    if not right_type:
        raise FormatError("damaged", "inspection")
    if not within():
        raise FormatError("limit_broken", "inspection")


def number(least: int, most: int) -> Check:
    """Allow whole numbers between two, both included."""
    return lambda value: _hold(type(value) is int, lambda: least <= value <= most)


def real(least: float, most: float) -> Check:
    """Allow floating-point numbers between two, both included; never one that is not finite."""
    return lambda value: _hold(type(value) is float, lambda: math.isfinite(value) and least <= value <= most)


def octets(count: int) -> Check:
    """Allow byte strings of one length."""
    return lambda value: _hold(type(value) is bytes, lambda: len(value) == count)


def text(most: int) -> Check:
    """Allow one line of text of at most so many code points, also none."""
    return lambda value: _hold(type(value) is str, lambda: len(value) <= most and not FORBIDDEN.search(value))


def line(most: int) -> Check:
    """Allow one line of text that is not empty."""
    return lambda value: _hold(type(value) is str, lambda: 0 < len(value) <= most and not FORBIDDEN.search(value))


def lines(most: int) -> Check:
    """Allow text with line feeds."""
    return lambda value: _hold(type(value) is str, lambda: len(value) <= most and not FORBIDDEN.search(value.replace("\n", "")))


def one_of(*allowed: str) -> Check:
    """Allow these texts."""
    return lambda value: _hold(type(value) is str, lambda: value in allowed)


def code(value: Any) -> None:
    """Allow a code: letters, digits, dots and low lines, at most 48."""
    _hold(type(value) is str, lambda: _CODE(value))


def list_of(check: Check, most: int) -> Check:
    """Allow arrays of at most so many items, each of which passes a check."""

    def whole(value: Any) -> None:
        _hold(type(value) is list, lambda: len(value) <= most)
        for item in value:
            check(item)

    return whole


def exactly(*checks: Check) -> Check:
    """Allow an array with one item for each check."""

    def whole(value: Any) -> None:
        _hold(type(value) is list and len(value) == len(checks), lambda: True)
        for check, item in zip(checks, value, strict=True):
            check(item)

    return whole


def table(key: Check, inner: Check, most: int) -> Check:
    """Allow maps of at most so many entries."""

    def whole(value: Any) -> None:
        _hold(type(value) is dict, lambda: len(value) <= most)
        for name, item in value.items():
            key(name)
            inner(item)

    return whole
