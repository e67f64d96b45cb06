"""What the verifier's answers say to the browser: trust nothing but us, tell nobody where you were, keep nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from web.headers import NOSNIFF, PRIVATE, Header, Policy, content_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ALWAYS: Sequence[Header] = (NOSNIFF, ("Referrer-Policy", "no-referrer"))
_PAGE = (*_ALWAYS, ("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()"), *PRIVATE)
#: The phone app reads codes by WebAssembly, in a worker that this policy covers too. Nothing comes from elsewhere.
_APP = ("script-src 'self' 'wasm-unsafe-eval'", "img-src 'self' blob:", "media-src 'self' blob:")
APP_PREFIX = "/app/"
#: The API and the signed files are for everybody's pages; there are no cookies, so nothing is given away.
OPEN = (
    *_ALWAYS,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "RateLimit, RateLimit-Policy, Retry-After"),
)
OPEN_PATHS = ("/api/", "/status/", "/log/", "/acts/", "/.well-known/", "/openapi.json")
PREFLIGHT = (
    ("Access-Control-Allow-Headers", "Content-Type"),
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Max-Age", "86400"),
)


def closed(portals: Sequence[str] = ()) -> Header:
    """Return what pages may do: their forms may go to the `portals` too."""
    return content_policy("script", "style", "img", "font", "connect", "worker", also=portals)


def app(portals: Sequence[str] = ()) -> Header:
    """Return what the phone app may do: its forms may go to the `portals` and nowhere else."""
    return content_policy("worker", "manifest", "style", "font", "connect", forms=False, also=portals, more=_APP)


def leading_to(portals: Sequence[str]) -> Policy:
    """Return the policy of answers: open for programs, and for people the pages' or the app's."""
    for_pages, for_app = (*_PAGE, closed(portals)), (*_PAGE, app(portals))

    def of(environ: WSGIEnvironment) -> Sequence[Header]:
        path = environ["PATH_INFO"]
        if path.startswith(OPEN_PATHS):
            return (*OPEN, *PREFLIGHT) if environ["REQUEST_METHOD"] == "OPTIONS" else OPEN
        return for_app if path.startswith(APP_PREFIX) else for_pages

    return of


policy = leading_to(())
