"""The OpenAPI 3.1 document of the API, made from what its routes are made from."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema
from pydantic_core import to_json

from inspections.programs import tokens
from inspections.web.access import TABLE
from inspections.web.paths import DATA

from .described import OPERATIONS, Operation
from .schemas import Refusal

_REF = "#/components/schemas/{model}"
_PROMISE = (
    "What inspectors saw, for other programs, each within the authorities of its token. Members and addresses are only added within v1, "
    "codes and their meanings stay; ignore what you do not know. An error has a stable code, and a sentence in Arabic and English."
)
_REFUSALS = {
    "401": "`token_refused`: there is no token, or it does not count (any more).",
    "403": "`scope_missing`: the token may not ask this.",
    "404": "`not_found`, `alert_unknown`, `story_number_wrong`: nothing of that name within the token's authorities.",
    "422": "`parameter_unknown`, `filter_unknown`, `cursor_invalid`, `day_invalid`, `period_refused`: no such parameter, or value.",
    "429": f"`wait`: more than {tokens.PER_MINUTE} requests in a minute, or too many wrong tokens from one address.",
    "503": "`database_locked`, `database_unreachable`, `lists_missing`: try again.",
}
_LIMITS = {
    "RateLimit-Policy": {"description": "The quota q within w seconds.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of it: r, whole again in t seconds.", "schema": {"type": "string"}},
}


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    models = [(each.answer, "serialization") for each in OPERATIONS.values()] + [(Refusal, "serialization")]
    named, made = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    answers = {model: schema for (model, _), schema in named.items()}
    secured = {name: {"type": "http", "scheme": name} for name in ("bearer", "basic")}
    secured["basic"]["description"] = "Any user name; the token is the password. For programs that can nothing else."
    return {
        "openapi": "3.1.0",
        "info": {"title": "Khatm inspections", "version": "1", "description": _PROMISE},
        "servers": [{"url": DATA}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": {each.path: {"get": _operation(name, each, answers[each.answer])} for name, each in OPERATIONS.items()},
        "components": {"schemas": made["$defs"], "securitySchemes": secured, "responses": _refusals()},
    }


@cache
def written() -> bytes:
    """Return the document as JSON."""
    return to_json(document())


def _operation(name: str, each: Operation, answer: dict[str, Any]) -> dict[str, Any]:
    scopes = sorted(TABLE[f"data.{name}"].scopes)
    within = [{"name": part, "in": "path", "required": True, "schema": schema} for part, schema in each.within.items()]
    query = [{"name": name, "in": "query", "schema": held.schema, "description": held.told} for name, held in each.query.items()]
    content = {"application/json": {"schema": answer}}
    return {
        "operationId": name,
        "summary": each.told,
        "description": f"Scope: `{'`, `'.join(scopes)}`.",
        "x-scopes": scopes,
        "parameters": [*within, *query],
        "responses": {
            "200": {"description": each.told, "content": content, "headers": _LIMITS},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _REFUSALS},
        },
    }


def _refusals() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REF.format(model="Refusal")}}}
    found: dict[str, Any] = {status: {"description": told, "content": content} for status, told in _REFUSALS.items()}
    for status in ("429", "503"):
        found[status]["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return found
