"""What an address asks of an entity set: the system query options, each read or refused, and the rows that they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, tuple_
from werkzeug.datastructures import MultiDict

from inspections.visits.asked import Scope
from inspections.web.feeds import cursors
from inspections.web.problems import ProblemError

from . import filtering
from .model import KINDS, EntitySet, Property

PAGE = 1000
SKIP_MAX = 100_000
_TAKEN = ("$filter", "$select", "$orderby", "$top", "$skip", "$skiptoken", "$count", "$format")
_ORDER = re.compile(r"\s*(\w+)(?:\s+(asc|desc))?\s*")
_NUMBER_MOST = 10**9
_FORMATS = ("json", "application/json")


@dataclass(frozen=True)
class Asked:
    """A question. `order` are properties and whether the greatest comes first, ending with the keys."""

    entities: EntitySet
    where: ColumnElement[bool] | None
    selected: tuple[Property, ...]
    narrowed: bool
    order: tuple[tuple[Property, bool], ...]
    top: int | None
    skip: int
    after: tuple[Any, ...] | None
    count: bool


def read(entities: EntitySet, args: MultiDict[str, str]) -> Asked:
    """Return what an address asks. Raises ProblemError `odata_invalid`, `odata_unsupported`, `cursor_invalid`."""
    for name in args:
        if name.startswith("$") and name not in _TAKEN:
            raise ProblemError("odata_unsupported")  # OData 4.0 part 2 §5.1: never ignored
        if name in _TAKEN and len(args.getlist(name)) > 1:
            raise ProblemError("odata_invalid")
    if args.get("$format", "json").partition(";")[0] not in _FORMATS:
        raise ProblemError("odata_unsupported")
    if args.get("$count", "false") not in ("true", "false"):
        raise ProblemError("odata_invalid")
    order = _order(entities, args.get("$orderby", ""))
    after = cursors.read(args["$skiptoken"], *(KINDS[each.edm] for each, _ in order)) if "$skiptoken" in args else None
    return Asked(
        entities,
        filtering.condition(args["$filter"], entities) if args.get("$filter") else None,
        _selected(entities, args.get("$select", "")),
        bool(args.get("$select", "").strip(" *")),
        order,
        _number(args["$top"]) if "$top" in args else None,
        _number(args.get("$skip", "0"), SKIP_MAX),
        after,
        args.get("$count") == "true",
    )


def rows(connection: Connection, asked: Asked, mine: Scope, page: int) -> tuple[list[Any], tuple[Any, ...] | None]:
    """Return a page of rows, the selected properties in order, and where the next one begins, None at the end."""
    limit = page if asked.top is None else min(page, asked.top)
    ordered = [each.ordered.label(f"order_{place}") for place, (each, _) in enumerate(asked.order)]
    query = _restricted(select(*(each.column.label(each.name) for each in asked.selected), *ordered), asked, mine)
    if asked.after is not None:
        query = query.where(_beyond(asked.order, asked.after))
    query = query.order_by(*(each.ordered.desc() if down else each.ordered.asc() for each, down in asked.order))
    found = connection.execute(query.limit(limit + 1).offset(0 if asked.after else asked.skip)).all()
    kept = found[:limit]
    onward = tuple(kept[-1][len(asked.selected) :]) if kept and len(found) > limit else None
    return [row[: len(asked.selected)] for row in kept], onward


def by_key(connection: Connection, asked: Asked, mine: Scope, key: Mapping[str, int]) -> Any | None:
    """Return the selected properties of one row, None if there is none."""
    query = _restricted(select(*(each.column.label(each.name) for each in asked.selected)), asked, mine)
    return connection.execute(query.where(*(asked.entities.properties[name].column == value for name, value in key.items()))).first()


def total(connection: Connection, asked: Asked, mine: Scope) -> int:
    """Return how many rows there are, whatever the page."""
    return int(connection.scalar(_restricted(select(func.count()), asked, mine)) or 0)


def _restricted(query: Select[Any], asked: Asked, mine: Scope) -> Select[Any]:
    query = query.select_from(asked.entities.source)
    if mine is not None:
        query = query.where(asked.entities.authority.in_(mine))
    return query if asked.where is None else query.where(asked.where)


def _beyond(order: Sequence[tuple[Property, bool]], after: Sequence[Any]) -> ColumnElement[bool]:
    """The rows after one, by all it is ordered by."""
    columns = [each.ordered for each, _ in order]
    if len({down for _, down in order}) == 1:  # one comparison, which an index answers
        return tuple_(*columns) < tuple_(*after) if order[0][1] else tuple_(*columns) > tuple_(*after)
    steps = []
    for place, (column, (_, down)) in enumerate(zip(columns, order, strict=True)):
        same = [columns[i] == after[i] for i in range(place)]
        steps.append(and_(*same, column < after[place] if down else column > after[place]))
    return or_(*steps)


def _selected(entities: EntitySet, text: str) -> tuple[Property, ...]:
    names = [each.strip() for each in text.split(",")] if text.strip(" *") else list(entities.properties)
    if "*" in names:
        names = list(entities.properties)
    return tuple(_property(entities, name) for name in dict.fromkeys(names))


def _order(entities: EntitySet, text: str) -> tuple[tuple[Property, bool], ...]:
    asked = []
    for part in text.split(",") if text.strip() else ():
        match = _ORDER.fullmatch(part)
        if match is None:
            raise ProblemError("odata_unsupported")
        asked.append((match[1], match[2] == "desc"))
    asked = asked or list(entities.usual)
    named = {name for name, _ in asked}
    if len(named) != len(asked):
        raise ProblemError("odata_invalid")
    asked += [(name, asked[-1][1]) for name in entities.keys if name not in named]
    return tuple((_property(entities, name), down) for name, down in asked)


def _property(entities: EntitySet, name: str) -> Property:
    if "/" in name:
        raise ProblemError("odata_unsupported")
    if name not in entities.properties:
        raise ProblemError("odata_invalid")
    return entities.properties[name]


def _number(text: str, most: int = _NUMBER_MOST) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        raise ProblemError("odata_invalid")
    return int(text)
