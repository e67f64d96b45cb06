"""What every answer says to the browser: one layer around an application, and a policy of its own for each application.

A WSGI layer and no Flask hook: it costs a tenth, and nothing that Flask does, not even failing, gets past it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import logs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Header = tuple[str, str]
#: From a request to the headers of its answer, whatever the answer is.
Policy = Callable[["WSGIEnvironment"], Sequence[Header]]

NOSNIFF: Header = ("X-Content-Type-Options", "nosniff")
#: Of pages: no other site's window, frame or search engine has anything to do with them.
PRIVATE: Sequence[Header] = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Robots-Tag", "noindex, nofollow"),
)
_HSTS: Header = ("Strict-Transport-Security", "max-age=31536000")
_NO_STORE: Header = ("Cache-Control", "no-store")


def content_policy(*own: str, forms: bool = True, also: Sequence[str] = (), more: Sequence[str] = ()) -> Header:
    """Return a Content-Security-Policy (CSP Level 3) that lets nothing in but the `own` kinds from our own host, and `more` directives.

    Forms go to our own host if `forms`, and to the origins `also`.
    """
    ours = tuple(f"{kind}-src 'self'" for kind in own)
    targets = (*(("'self'",) if forms else ()), *also)
    action = " ".join(("form-action", *(targets or ("'none'",))))
    parts = ("default-src 'none'", *ours, *more, action, "base-uri 'none'", "frame-ancestors 'none'")
    return ("Content-Security-Policy", "; ".join(parts))


class Headers:
    """Adds the headers to every answer of an application, an id to each request, and tells the access log which route it was.

    What an answer says itself stays as it says it. Without a word about caches nothing is kept.
    """

    def __init__(self, application: WSGIApplication, policy: Policy) -> None:
        self._application = application
        self._policy = policy

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""

        environ["khatm.request"] = logs.request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        logs.REQUEST.set(environ["khatm.request"])

        def start(status: str, headers: list[Header], exc_info: Any = None) -> Any:
            # The access log names the route: a path may be a license, hold a citizen's number or the token of a keep page.
            if "khatm.route" not in environ:  # a way beside Flask says it itself
                asked = environ.get("werkzeug.request")
                environ["khatm.route"] = asked.url_rule.rule if asked is not None and asked.url_rule else "-"
            headers = [*headers, ("X-Request-ID", environ["khatm.request"])]
            said = {name.lower() for name, _ in headers}
            secure = (_HSTS,) if environ["wsgi.url_scheme"] == "https" else ()
            added = [each for each in (*self._policy(environ), _NO_STORE, *secure) if each[0].lower() not in said]
            return start_response(status, headers + added, exc_info)

        return self._application(environ, start)
