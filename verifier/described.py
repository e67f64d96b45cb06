"""/docs: the OpenAPI document as a page. It is drawn here, from the same document, so nothing on it comes from anywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from seal.catalogue import Language
from web.writing import language_of

from . import api, openapi
from .context import VerifierContext

REF = "#/components/schemas/"
_DRAWN_MOST = 8  # two languages, under the names that a governorate has had since this process began


class Answered(NamedTuple):
    """A status that an operation may answer with. `schema` names its object, "" where it has none of ours."""

    status: str
    description: str
    schema: str


class Operation(NamedTuple):
    """One thing that can be asked."""

    method: str
    path: str
    summary: str
    description: str
    bodies: tuple[tuple[str, tuple[str, ...]], ...]  # media type, names of schemas
    answers: tuple[Answered, ...]


class Member(NamedTuple):
    """One member of an object: its type in words, and the schema that it names."""

    name: str
    type: str
    schemas: tuple[str, ...]
    nullable: bool
    required: bool
    description: str


class Schema(NamedTuple):
    """An object of the API."""

    name: str
    description: str
    members: tuple[Member, ...]
    either: tuple[str, ...]  # what it is one of


def blueprint(context: VerifierContext) -> Blueprint:
    """Return the route of the page."""
    described = Blueprint("described", __name__)

    @lru_cache(maxsize=_DRAWN_MOST)
    def drawn(language: Language, _governorate: str) -> tuple[bytes, str]:
        """Draw the page: all on it but the governorate's name, which the lists say, is the same as long as the process."""
        quotas = context.settings.quotas
        page = render_template("docs.html", lang=language, operations=operations(), schemas=schemas(), path=api.PATH, quotas=quotas)
        return page.encode(), sha256(page.encode()).hexdigest()[:32]

    @described.get("/docs")
    def docs() -> ResponseReturnValue:
        language = language_of(request.args.get("lang"))
        page, digest = drawn(language, context.governorate(language))
        response = Response(page, content_type="text/html; charset=utf-8")
        response.set_etag(digest)
        response.cache_control.no_cache = True  # a browser may keep it, and asks each time whether it is still this one
        return response.make_conditional(request)

    return described


@cache
def operations() -> tuple[Operation, ...]:
    """Return everything that can be asked, in the document's order."""
    paths = openapi.document()["paths"]
    return tuple(_operation(method, path, told) for path, methods in paths.items() for method, told in methods.items())


@cache
def schemas() -> tuple[Schema, ...]:
    """Return every object, by name."""
    return tuple(_schema(name, told) for name, told in sorted(openapi.document()["components"]["schemas"].items()))


def _operation(method: str, path: str, told: Mapping[str, Any]) -> Operation:
    bodies = told.get("requestBody", {}).get("content", {})
    return Operation(
        method.upper(),
        path,
        told["summary"],
        told.get("description", ""),
        tuple((media, tuple(_named(body["schema"]))) for media, body in bodies.items()),
        tuple(_answered(status, answer) for status, answer in told["responses"].items()),
    )


def _answered(status: str, answer: Mapping[str, Any]) -> Answered:
    named = (name for body in answer.get("content", {}).values() for name in _named(body["schema"]))
    return Answered(status, answer["description"], next(named, ""))


def _schema(name: str, told: Mapping[str, Any]) -> Schema:
    required = told.get("required", ())
    members = (_member(member, shape, required=member in required) for member, shape in told.get("properties", {}).items())
    return Schema(name, told.get("description", ""), tuple(members), () if "properties" in told else tuple(_named(told)))


def _member(name: str, shape: Mapping[str, Any], *, required: bool) -> Member:
    named = tuple(dict.fromkeys(_named(shape)))
    said = _type(shape)
    nullable = said == "null"  # an object of ours, or nothing
    if said in ("array", "null") and named:
        said = "array of" if said == "array" else ""
    return Member(name, said, named, nullable, required, shape.get("description", ""))


def _type(shape: Mapping[str, Any]) -> str:
    """Return a type as people say it: its name, or what it may be."""
    if "$ref" in shape:
        return ""
    if "const" in shape:
        return f'"{shape["const"]}"'
    if "enum" in shape:
        return " | ".join(f'"{value}"' for value in shape["enum"])
    either = [*shape.get("oneOf", ()), *shape.get("anyOf", ())]
    if either:
        return " | ".join(dict.fromkeys(filter(None, map(_type, either))))
    kinds = shape.get("type", "any")
    said = kinds if isinstance(kinds, str) else " | ".join(kinds)
    inner = f" {{ {', '.join(shape['properties'])} }}" if said == "object" and "properties" in shape else ""
    return said + inner + (f" ({shape['format']})" if "format" in shape else "")


def _named(shape: Any) -> Iterator[str]:
    """Yield the names of the schemas that a schema refers to, in their order."""
    if isinstance(shape, dict):
        if str(shape.get("$ref", "")).startswith(REF):
            yield shape["$ref"].removeprefix(REF)
        for value in shape.values():
            yield from _named(value)
    elif isinstance(shape, list):
        for value in shape:
            yield from _named(value)
