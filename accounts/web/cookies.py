"""The cookies of those who sign in: a session's token, and the one by which a browser is known again."""

from __future__ import annotations

import re

from flask import Response, g, request

from accounts import devices, tokens
from accounts.sessions import Realm

_ATTEMPT_SECONDS = 600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # as `tokens.new` makes them


def name_of(what: str, *, https: bool) -> str:
    """Return the name of a cookie; the prefix makes browsers hold it to this host and HTTPS (RFC 6265bis §4.1.3.2)."""
    return f"{'__Host-' if https else ''}khatm_{what}"


def set_session(response: Response, realm: Realm | str, token: str, *, https: bool) -> Response:
    """Give the browser a session's token; an empty one takes it away."""
    name = name_of(realm, https=https)
    if token:
        response.set_cookie(name, token, secure=https, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(name, secure=https, httponly=True, samesite="Lax")
    return response


def set_attempt(response: Response, text: str, *, https: bool) -> Response:
    """Let the browser keep what it began at a sign-in provider, for ten minutes; an empty text takes it away."""
    name = name_of("oidc", https=https)
    if text:  # Lax: the way back from the provider is a plain link
        response.set_cookie(name, text, max_age=_ATTEMPT_SECONDS, secure=https, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(name, secure=https, httponly=True, samesite="Lax")
    return response


def browser(*, https: bool) -> str:
    """Return the token by which the request's browser is known again, and let it keep it (`keep_browser`).

    It lets nobody in: it says only who signed in here before, so that strangers' guesses are counted apart (`accounts.devices`).
    """
    if "browser" not in g:
        sent = request.cookies.get(name_of("browser", https=https), "")
        g.browser = sent if _TOKEN.fullmatch(sent) else tokens.new()
    return str(g.browser)


def keep_browser(response: Response, *, https: bool) -> Response:
    """Give a browser that signs in its token."""
    if "browser" in g:
        name = name_of("browser", https=https)
        response.set_cookie(name, g.browser, max_age=devices.KEPT_SECONDS, secure=https, httponly=True, samesite="Lax")
    return response
