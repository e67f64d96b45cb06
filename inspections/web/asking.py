"""Which program asks: by its token, as Bearer (RFC 6750) or as the password of Basic (RFC 7617), for Excel can nothing else."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Collection
from typing import NoReturn

from flask import Response, g, request

from accounts import lockout
from inspections.programs import tokens
from inspections.programs.tokens import Use

from .context import InspectionsContext
from .problems import ProblemError

_HEADER_MAX = 400
_GUESSES = 30  # wrong tokens from one address, before it waits


def admit(context: InspectionsContext, scopes: Collection[str]) -> Use:
    """Return which program sent the request at hand, and count it.

    Raises ProblemError `token_refused`, `scope_missing`, `wait` (more in a minute than it may); AccountError `wait` for who guesses.
    """
    sent = _sent()
    if not sent:
        raise ProblemError("token_refused")
    with context.engine.begin() as connection:
        found = tokens.use(connection, sent, now=context.now())
    if found is None:
        _refuse_guess(context)
    g.use = found
    if found.left < 0:
        raise ProblemError("wait", wait_seconds=found.reset)
    if not found.token.scopes.issuperset(scopes):
        raise ProblemError("scope_missing")
    return found


def program() -> Use:
    """Return which program sent the request at hand. Raises ProblemError `token_refused` for everybody else."""
    found: Use | None = g.get("use")
    if found is None:
        raise ProblemError("token_refused")
    return found


def tell_limits(response: Response) -> Response:
    """Say what is left of a program's minute (draft-ietf-httpapi-ratelimit-headers-10), and what a stranger needs."""
    found: Use | None = g.get("use")
    if found is not None:
        response.headers["RateLimit-Policy"] = f'"minute";q={tokens.PER_MINUTE};w=60'
        response.headers["RateLimit"] = f'"minute";r={max(found.left, 0)};t={found.reset}'
    if response.status_code == 401:
        response.headers.add("WWW-Authenticate", 'Bearer realm="khatm"')
        response.headers.add("WWW-Authenticate", 'Basic realm="khatm", charset="UTF-8"')
    return response


def _refuse_guess(context: InspectionsContext) -> NoReturn:
    limits = (lockout.of_address(request.remote_addr, realm="token", free=_GUESSES),)
    with context.engine.begin() as connection:
        lockout.count(connection, limits, now=context.now())
    raise ProblemError("token_refused")


def _sent() -> str:
    header = request.headers.get("Authorization", "")
    kind, _, rest = header.partition(" ")
    if len(header) > _HEADER_MAX:
        return ""
    if kind.lower() == "bearer":
        return rest.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
