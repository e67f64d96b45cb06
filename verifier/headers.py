"""What every answer says to the browser: trust nothing but us, tell nobody where you were, keep nothing.

A WSGI layer and no Flask hook: it costs a tenth, and nothing that Flask does, not even failing, gets past it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CSP = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect", "worker")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")]
CLOSED = [
    *ALWAYS,
    ("Content-Security-Policy", CSP),
    ("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Robots-Tag", "noindex, nofollow"),
]
#: The phone app reads codes by WebAssembly, in a worker that this policy covers too. Nothing comes from elsewhere.
APP_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        *(f"{kind}-src 'self'" for kind in ("worker", "manifest", "style", "font", "connect")),
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
APP = [(name, APP_CSP if name == "Content-Security-Policy" else value) for name, value in CLOSED]
APP_PREFIX = "/app/"
#: The API and the signed files are for everybody's pages; there are no cookies, so nothing is given away.
OPEN = [
    *ALWAYS,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "RateLimit, RateLimit-Policy, Retry-After"),
]
OPEN_PATHS = ("/api/", "/status/", "/.well-known/", "/openapi.json")
PREFLIGHT = [
    ("Access-Control-Allow-Headers", "Content-Type"),
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Max-Age", "86400"),
]
HSTS = ("Strict-Transport-Security", "max-age=31536000")
NO_STORE = ("Cache-Control", "no-store")


class Headers:
    """Adds the headers to every answer of an application, and tells the access log which route it was."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            # The access log names the route; the path is the license and stays out of it.
            asked = environ.get("werkzeug.request")
            environ["khatm.route"] = asked.url_rule.rule if asked is not None and asked.url_rule else "-"
            return start_response(status, headers + _added(environ, headers), exc_info)

        return self._application(environ, start)


def _added(environ: WSGIEnvironment, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    opened = environ["PATH_INFO"].startswith(OPEN_PATHS)
    added = list(OPEN if opened else APP if environ["PATH_INFO"].startswith(APP_PREFIX) else CLOSED)
    if opened and environ["REQUEST_METHOD"] == "OPTIONS":
        added += PREFLIGHT
    if all(name != "Cache-Control" for name, _ in headers):
        added.append(NO_STORE)
    if environ["wsgi.url_scheme"] == "https":
        added.append(HSTS)
    return added
