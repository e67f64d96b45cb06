"""What every answer says to the browser: run nothing but our own, show it in no frame, keep nothing.

A WSGI layer and no Flask hook: nothing that Flask does, not even failing, gets past it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Headers of every page. Forms of ours carry the origin only if the referrer policy lets them (Fetch, "append a request Origin header").
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "geolocation=(self), camera=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Robots-Tag", "noindex, nofollow"),
)
_HSTS = ("Strict-Transport-Security", "max-age=31536000")


_OWN = tuple(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect"))
POLICY = "; ".join(("default-src 'none'", *_OWN, "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"))


class Headers:
    """Adds the headers to every answer of an application, and tells the access log which route it was."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._added = [*_ALWAYS, ("Content-Security-Policy", POLICY)]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            # The access log names the route: a path may hold a citizen's number or the token of a keep page.
            asked = environ.get("werkzeug.request")
            environ["khatm.route"] = asked.url_rule.rule if asked is not None and asked.url_rule else "-"
            names = {name.lower() for name, _ in headers}
            added = [header for header in self._added if header[0].lower() not in names]
            if "cache-control" not in names:
                added.append(("Cache-Control", "no-store"))
            if environ["wsgi.url_scheme"] == "https":
                added.append(_HSTS)
            return start_response(status, headers + added, exc_info)

        return self._application(environ, start)
