"""Pages that only show may be made of a replica of the register, and whoever wrote something is shown it.

A page is made so if three say so: its address is among `PAGES`, the request only asks, and the place in its code says `looking`. Sign-in,
cases, documents, money, requests and whatever else is decided upon are the primary's (docs/adr/0096).

After a request that wrote, the browser keeps up to where the register's log goes: until the replica is there, the primary answers that
browser. Whoever makes that number up larger gets what everybody had before, whoever makes it smaller sees pages of a moment before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, get_args

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import Connection, event

from accounts.web import cookies
from storage.database import reading
from storage.faults import DATABASE_ERRORS
from storage.replicas import MOST_SECONDS, STALE_SECONDS, place
from web.origin import SAFE
from web.spreadsheets import Form

from .context import DeskContext

_TABLES = ("counts", "waiting", "cash", "revenue", "messages")
#: Lists, boards, searches and reports, as Flask names their endpoints. What is not here reads from the primary.
PAGES = frozenset(
    {
        *("work.list_", "work.list_table", "work.licenses", "work.map_"),
        *("team.board_", "team.board_csv", "team.looks", "reads.list_", "reads.list_csv"),
        *(f"reports.{report}" for report in ("overview", "cash", "revenue", "messages")),
        *(f"reports.{table}_{form}" for table in _TABLES for form in get_args(Form)),
        *("portal.mine", "holdings.list_"),
    }
)
_WROTE = "wrote"  # the cookie
_PLACE = re.compile(r"[0-9a-f]{1,16}")
_KEPT_SECONDS = int(MOST_SECONDS) + 60  # a replica that is farther behind is not read from anyhow


@contextmanager
def looking(context: DeskContext) -> Iterator[Connection]:
    """Open the register to look only: at a replica, if there is one that has what the visitor wrote and the page may be made of it."""
    replica = context.replica
    if replica is None or not _may():
        with reading(context.engine) as connection:
            yield connection
        return
    with replica.reading(_wrote(context)) as lent:
        g.of_replica = lent.connection.engine is not context.engine
        if lent.behind_seconds >= STALE_SECONDS:
            g.as_of = context.now() - round(lent.behind_seconds)
        yield lent.connection


def watch(app: Flask, context: DeskContext) -> None:
    """Let the browsers of those who write keep up to where they did, and let a page whose replica breaks be made by the primary."""
    if context.replica is None:
        return
    event.listen(context.engine, "commit", _committed)
    for endpoint in PAGES:
        app.view_functions[endpoint] = _again(context, app.view_functions[endpoint])

    @app.after_request
    def keep(response: Response) -> Response:
        return _keep(response, context)


def _may() -> bool:
    return request.method in SAFE and request.endpoint in PAGES and not (g.get("wrote") or g.get("primary_only"))


def _wrote(context: DeskContext) -> int:
    """Return up to where the visitor wrote, as their browser kept it."""
    sent = request.cookies.get(cookies.name_of(_WROTE, https=context.settings.https), "")
    return int(sent, 16) if _PLACE.fullmatch(sent) else 0


def _committed(_: Connection) -> None:
    if has_request_context():
        g.wrote = True


def _keep(response: Response, context: DeskContext) -> Response:
    if g.get("wrote"):
        try:
            at = place(context.engine)
        except DATABASE_ERRORS:  # the primary went away since: nobody reads from it, and a replica may lack what was written
            at = (1 << 63) - 1
        name, https = cookies.name_of(_WROTE, https=context.settings.https), context.settings.https
        response.set_cookie(name, f"{at:x}", max_age=_KEPT_SECONDS, secure=https, httponly=True, samesite="Lax")
    return response


def _again(context: DeskContext, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def shown(**values: Any) -> Any:
        try:
            return view(**values)
        except DATABASE_ERRORS as error:
            if context.replica is None or not g.pop("of_replica", False):
                raise
            context.replica.failed(error)
            g.primary_only = True
            g.pop("as_of", None)
            return view(**values)

    return shown
