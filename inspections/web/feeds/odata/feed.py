"""The addresses of the feed: service document, metadata, entity sets, one entity, and counts."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from inspections.web.asking import program, tell_limits
from inspections.web.context import InspectionsContext
from inspections.web.feeds import cursors
from inspections.web.paths import ODATA
from inspections.web.problems import ProblemError
from storage.database import reading

from . import asked as asking
from . import metadata
from .asked import PAGE, Asked
from .model import SETS, EntitySet

_KEYED = re.compile(r"(\w+)\(([^()]{1,60})\)")
_JSON = "application/json;odata.metadata=minimal;charset=utf-8"
_PAGE_WISH = re.compile(r"(?:odata\.)?maxpagesize=(\d{1,6})")


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    odata = Blueprint("odata", __name__, url_prefix=ODATA)
    odata.after_request(tell_limits)

    @odata.after_request
    def versioned(response: Response) -> Response:
        response.headers["OData-Version"] = "4.0"
        return response

    @odata.get("/")
    def service() -> Response:
        return _json({"@odata.context": f"{_root()}/$metadata", "value": metadata.service()})

    @odata.get("/$metadata")
    def described() -> Response:
        return Response(metadata.written(), mimetype="application/xml")

    @odata.get("/<path:resource>")
    def entities(resource: str) -> Response:
        name, _, rest = resource.partition("/")
        keyed = _KEYED.fullmatch(name)
        held = SETS.get(keyed[1] if keyed else name)
        if held is None:
            raise ProblemError("not_found")
        if held.scope not in program().token.scopes:
            raise ProblemError("scope_missing")
        if rest == "$count" and not keyed:
            return _count(context, held)
        if rest:
            raise ProblemError("odata_unsupported")
        return _one(context, held, keyed[2]) if keyed else _list(context, held)

    return odata


def _list(context: InspectionsContext, held: EntitySet) -> Response:
    asked, mine, page = asking.read(held, request.args), program().token.sees, _page()
    with reading(context.engine) as connection:
        rows, onward = asking.rows(connection, asked, mine, page)
        told: dict[str, Any] = {"@odata.context": _context(asked)}
        if asked.count:
            told["@odata.count"] = asking.total(connection, asked, mine)
    told["value"] = [_told(asked, row) for row in rows]
    left = None if asked.top is None else asked.top - len(rows)
    if onward is not None and left != 0:
        told["@odata.nextLink"] = _next(held, onward, left)
    return _json(told)


def _one(context: InspectionsContext, held: EntitySet, key: str) -> Response:
    """Answer one entity by its key, a number or `Name=number,…`."""
    parts = [each.strip().partition("=") for each in key.split(",")]
    values = {(name if found else held.keys[0]).strip(): value if found else name for name, found, value in parts}
    if set(values) != set(held.keys) or not all(re.fullmatch(r"\d{1,15}", each) for each in values.values()):
        raise ProblemError("odata_invalid")
    if any(name.startswith("$") and name not in ("$select", "$format") for name in request.args):
        raise ProblemError("odata_unsupported")
    asked = asking.read(held, request.args)
    with reading(context.engine) as connection:
        found = asking.by_key(connection, asked, program().token.sees, {name: int(value) for name, value in values.items()})
    if found is None:
        raise ProblemError("not_found")
    return _json({"@odata.context": f"{_context(asked)}/$entity", **_told(asked, found)})


def _count(context: InspectionsContext, held: EntitySet) -> Response:
    if any(name.startswith("$") and name != "$filter" for name in request.args):
        raise ProblemError("odata_unsupported")
    asked = asking.read(held, request.args)
    with reading(context.engine) as connection:
        return Response(str(asking.total(connection, asked, program().token.sees)), mimetype="text/plain")


def _told(asked: Asked, row: Any) -> dict[str, object]:
    return {each.name: each.told(value) for each, value in zip(asked.selected, row, strict=True)}


def _root() -> str:
    return request.host_url.rstrip("/") + ODATA


def _context(asked: Asked) -> str:
    names = f"({','.join(each.name for each in asked.selected)})" if asked.narrowed else ""
    return f"{_root()}/$metadata#{asked.entities.name}{names}"


def _next(held: EntitySet, onward: tuple[Any, ...], left: int | None) -> str:
    """Return the address of the next page: the same question, from there on."""
    kept = {name: value for name, value in request.args.items() if name not in ("$skip", "$skiptoken", "$top", "$count")}
    if left is not None:
        kept["$top"] = str(left)
    kept["$skiptoken"] = cursors.written(onward)
    return f"{_root()}/{held.name}?{urlencode(kept, safe='$', quote_via=quote)}"


def _page() -> int:
    """Return how many rows a page has: as many as the program prefers (Prefer: odata.maxpagesize), at most PAGE."""
    wish = _PAGE_WISH.search(request.headers.get("Prefer", "")[:200])
    return min(max(int(wish[1]), 1), PAGE) if wish else PAGE


def _json(told: dict[str, Any]) -> Response:
    return Response(json.dumps(told, ensure_ascii=False, separators=(",", ":")), content_type=_JSON)
