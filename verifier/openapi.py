"""The OpenAPI 3.1 document, made from the models that parse the questions. Built once; the API itself pays nothing for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response
from pydantic.json_schema import models_json_schema
from pydantic_core import to_json

from . import api, problems, schemas, security
from .question import ITEMS_MOST, BatchItem, FixQuestion, PictureQuestion, TextQuestion
from .schemas import PROBLEM, REF, object_

RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
LIMITS = {
    "RateLimit-Policy": {"description": "What one address may ask: quotas q within w seconds.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of the quota used: r, whole again in t seconds.", "schema": {"type": "string"}},
}
PROMISE = (
    "A license that is not valid is an answer (200), not an error. Errors are problem details (RFC 9457). Within /api/v1 members are only "
    "added, codes and their meanings stay; ignore what you do not know. `valid` alone means valid."
)


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    models = [(model, "validation") for model in (FixQuestion, TextQuestion, PictureQuestion, BatchItem)]
    _, made = models_json_schema(models, ref_template=REF)  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Khatm verifier",
            "version": "1",
            "summary": "Judges license seals of one governorate, and publishes the signed lists to judge them by.",
            "description": PROMISE,
        },
        "servers": [{"url": "/"}],
        "security": [],
        "paths": {api.PATH: {"post": _verify()}, api.BATCH_PATH: {"post": _batch()}, **_published(), **_health()},
        "components": {"schemas": {**made["$defs"], **schemas.answers(), "Problem": schemas.problem()}},
    }


def blueprint() -> Blueprint:
    """Return the route of the document."""
    described = Blueprint("openapi", __name__)

    @described.get("/openapi.json")
    def openapi() -> Response:
        return Response(to_json(document()), mimetype="application/json")

    return described


FORMATS = "JPEG (to 120 megapixels), HEIC and AVIF (to 50), PNG, WebP, GIF and BMP (to 40), or a PDF of up to four pages."


def _verify() -> dict[str, Any]:
    question = {"oneOf": [{"$ref": REF.format(model=name)} for name in ("TextQuestion", "PictureQuestion")]}
    form = {
        "type": "object",
        "required": ["image"],
        "additionalProperties": False,
        "properties": {
            "image": {"type": "string", "contentMediaType": "application/octet-stream", "description": FORMATS},
            "fix": {"$ref": REF.format(model="FixQuestion")},
            "site": {"type": "boolean"},
        },
    }
    return {
        "operationId": "verify",
        "summary": "Judge the text of a QR code, or a picture of one",
        "description": "`site` false asks for the seal only. A JSON body has at most 16 KiB, or a picture of at most 10 MiB. "
        "A receipt of an application, or a notice of a violation, is answered as one: it is never `valid`.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": question},
                "multipart/form-data": {"schema": form, "encoding": {"fix": {"contentType": "application/json"}}},
            },
        },
        "responses": {
            "200": {
                "description": "The verdict; of several codes the worst, the others beside it.",
                "headers": LIMITS,
                "content": {"application/json": {"schema": {"$ref": REF.format(model="Answer")}}},
            },
            **_problems(400, 413, 415, 422, 429, 503),
        },
    }


def _batch() -> dict[str, Any]:
    item = {"anyOf": [{"$ref": REF.format(model="BatchItem")}, {}], "description": "A BatchItem. Anything else gets a problem of its own."}
    items = {"type": "array", "minItems": 1, "maxItems": ITEMS_MOST, "items": item}
    done = {"type": "array", "items": {"$ref": REF.format(model="BatchResult")}}
    return {
        "operationId": "verifyBatch",
        "summary": "Judge up to a hundred texts at once",
        "description": "Each item gets an answer or a problem, in their order; one that is wrong costs the others nothing. At most "
        "256 KiB. Counts as many texts as it has items; a batch that is larger than what is left of the quota is refused whole.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": object_(items=items)}}},
        "responses": {
            "200": {
                "description": "One result for each item.",
                "headers": LIMITS,
                "content": {"application/json": {"schema": object_(items=done)}},
            },
            **_problems(400, 413, 415, 422, 429, 503),
        },
    }


def _problems(*statuses: int) -> dict[str, Any]:
    def one(status: int) -> dict[str, Any]:
        codes = ", ".join(f"`{code}`" for code, its in problems.STATUS.items() if its == status)
        told: dict[str, Any] = {"description": f"Codes: {codes}.", "content": {problems.MEDIA_TYPE: {"schema": PROBLEM}}}
        return told | ({"headers": RETRY} if status in (429, 503) else {})

    return {str(status): one(status) for status in statuses}


def _published() -> dict[str, Any]:
    def file(summary: str, media_type: str, name: str = "", shape: str = "") -> dict[str, Any]:
        schema = {"type": "string", "pattern": shape}
        parameters = [{"name": name, "in": "path", "required": True, "schema": schema}] if name else []
        found = {"description": "The signed file.", "content": {media_type: {"schema": {}}}}
        return {"get": {"summary": summary, "parameters": parameters, "responses": {"200": found, **_problems(404)}}}

    contact = {"description": "RFC 9116, if the operator named a contact.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    names = {"type": "array", "items": {"type": "string"}}
    named = object_(status=names, roots=names)
    return {
        security.PATH: {"get": {"summary": "Where to report a weakness", "responses": {"200": contact, **_problems(404)}}},
        "/.well-known/khatm/index": {"get": {"summary": "The names of the lists below", "responses": {"200": _json(named)}}},
        "/.well-known/khatm/trust-list": file("The trust list", "application/khatm-trust-list+cose"),
        "/.well-known/khatm/roots/{version}": file(
            "A root document (docs/format.md §21)", "application/khatm-root+cose", "version", "^[1-9][0-9]{0,3}$"
        ),
        "/.well-known/khatm/roots/trust-list": file("The trust list, for readers of root documents", "application/khatm-trust-list+cose"),
        "/status/{number}": file("A status list (Token Status List)", "application/statuslist+cwt", "number", "^[1-9][0-9]{0,3}$"),
        "/log/{name}": _log_file(
            "The log of seals: its checkpoint, tiles, entries, packs",
            rf"checkpoint|{_TILES}|pack/[A-Z][A-Z0-9]{{1,3}}/(index|[0-9]+(\.p/[0-9]+)?)",
            "application/khatm-log-pack+cose",
        ),
        "/acts/{name}": _log_file("The log of acts: its checkpoint, tiles, entries", rf"checkpoint|{_TILES}"),
        "/.well-known/khatm/proofs/{digest}": file(
            "The proof of a status list, by its SHA-256: it stands in the log of acts (C2SP tlog-proof)",
            *("text/plain", "digest", "^[0-9a-f]{64}$"),
        ),
    }


_TILES = r"tile/(entries|[0-9]{1,2})/(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?"


def _log_file(summary: str, names: str, *more: str) -> dict[str, Any]:
    """Return what is said of a log's files, whose names have strokes in them; `more` are media types beside the usual."""
    parameter = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^({names})$"}}
    kinds = ("text/plain", "application/octet-stream", *more)
    found = {"description": "The file (C2SP tlog-tiles; packs: docs/format.md §20).", "content": {kind: {"schema": {}} for kind in kinds}}
    return {"get": {"summary": summary, "parameters": [parameter], "responses": {"200": found, **_problems(404)}}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "Names.", "content": {"application/json": {"schema": schema}}}


def _health() -> dict[str, Any]:
    report = {"description": "Ages (seconds) and faults.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "/health/live": {"get": {"summary": "The process answers", "responses": {"200": report}}},
        "/health/ready": {"get": {"summary": "Verdicts can be given", "responses": {"200": report, "503": report}}},
    }
