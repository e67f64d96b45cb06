"""Who acts: set at the edge (a command, a program's round, a request), read where rows are written. Nobody may write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import NamedTuple

from .errors import ActError

_ACTOR_MOST, _KIND_MOST = 120, 80


class Acting(NamedTuple):
    """Who acts (`account:<name>`, `citizen:<id>`, `command:<user>`, `program:<name>`, `provider:<name>`), and what they do."""

    actor: str
    kind: str


NOBODY = Acting("", "")
_here: ContextVar[Acting | None] = ContextVar("khatm_acting", default=None)
_process: list[Acting] = []


def current() -> Acting:
    """Return who acts. Raises ActError `act_without_actor`."""
    found = _here.get() or (_process[-1] if _process else NOBODY)
    if not found.actor:
        raise ActError("act_without_actor")
    return found


@contextmanager
def acting(actor: str, kind: str) -> Iterator[None]:
    """Let `actor` act in this thread until the end."""
    token = _here.set(_bounded(actor, kind))
    try:
        yield
    finally:
        _here.reset(token)


@contextmanager
def process(actor: str, kind: str) -> Iterator[None]:
    """Let `actor` act in every thread of this process that nobody else acts in: for commands."""
    _process.append(_bounded(actor, kind))
    try:
        yield
    finally:
        _process.pop()


def become(actor: str, kind: str) -> None:
    """Let `actor` act in this thread from now on, as when somebody has proved who they are in the middle of a request."""
    _here.set(_bounded(actor, kind))


def nobody() -> Token[Acting | None]:
    """Let nobody act in this thread from now on, whoever the process belongs to: how a request begins. Return what `restore` takes."""
    return _here.set(NOBODY)


def restore(token: Token[Acting | None]) -> None:
    """Let whoever acted before `nobody` act again: how a request ends."""
    _here.reset(token)


def _bounded(actor: str, kind: str) -> Acting:
    return Acting(actor[:_ACTOR_MOST], kind[:_KIND_MOST])
