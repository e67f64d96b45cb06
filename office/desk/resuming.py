"""A form that was sent when its session was over: nothing that was typed is lost. Its sender signs in elsewhere and sends it once more.

Only what one of our own pages sent, by the browser's own word, is offered again: another site could otherwise have somebody send what that
site chose.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import Response, render_template, request

from web import whereabouts

from .problems import ProblemError, status_of

#: Fields that no page repeats.
SECRETS = frozenset({"password", "again", "code"})
DOORS = {"citizen": "/sign-in", "staff": "/centre/sign-in"}


def ours() -> bool:
    """Say whether the browser itself says that a page of ours sent this (Fetch Metadata, else the Origin header)."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    return origin is not None and urlsplit(origin).netloc == request.host


def again(code: str, realm: str, *, csrf: str, form_token: str) -> Response:
    """Return a page that holds what was sent, to be sent once more: at once (`forged`), or after signing in (`signed_out`).

    Raises ProblemError `code` for what is not ours, or not to be repeated.
    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != form_token]
    files = [name for name, file in request.files.items() if file.filename]
    secret = any(name in SECRETS for name, _ in fields)
    if not ours() or (secret and not files):  # a document has a code, too
        raise ProblemError(code)
    back = whereabouts.path_of(request.referrer)
    page = render_template(
        "resume.html",
        code=code,
        fields=fields,
        action=request.full_path.rstrip("?"),
        door=f"{DOORS[realm]}?{urlencode({'next': back})}" if back else DOORS[realm],
        back=back,
        files=files,
        sendable=not secret,
        csrf=csrf,
        frame="centre_base.html" if realm == "staff" else "base.html",
    )
    return Response(page, status_of(code))
