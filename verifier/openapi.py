"""The OpenAPI 3.1 document, made from the models that parse the questions. Built once; the API itself pays nothing for it."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from flask import Blueprint, Response
from pydantic.json_schema import models_json_schema
from pydantic_core import to_json

from seal.verdict import CHECKS, Decision, Outcome, PlaceState, SealState

from . import api, problems
from .question import FixQuestion, PictureQuestion, TextQuestion

REF = "#/components/schemas/{model}"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    models = [(model, "validation") for model in (FixQuestion, TextQuestion, PictureQuestion)]
    _, made = models_json_schema(models, ref_template=REF)  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Khatm verifier",
            "version": "1",
            "summary": "Judges license seals of Alexandria, and publishes the signed lists to judge them by.",
            "description": "A license that is not valid is an answer (200), not an error. Errors are problem details (RFC 9457).",
        },
        "servers": [{"url": "/"}],
        "security": [],
        "paths": {api.PATH: {"post": _verify()}, **_published(), **_health()},
        "components": {"schemas": {**made["$defs"], **_answers(), "Problem": _problem()}},
    }


def blueprint() -> Blueprint:
    """Return the route of the document."""
    described = Blueprint("openapi", __name__)

    @described.get("/openapi.json")
    def openapi() -> Response:
        return Response(to_json(document()), mimetype="application/json")

    return described


def _verify() -> dict[str, Any]:
    question = {"oneOf": [{"$ref": REF.format(model=name)} for name in ("TextQuestion", "PictureQuestion")]}
    form = {
        "type": "object",
        "required": ["image"],
        "additionalProperties": False,
        "properties": {
            "image": {"type": "string", "contentMediaType": "application/octet-stream", "description": "JPEG, PNG, WebP, GIF or BMP."},
            "fix": {"$ref": REF.format(model="FixQuestion")},
            "site": {"type": "boolean"},
        },
    }
    return {
        "operationId": "verify",
        "summary": "Judge the text of a QR code, or a picture of one",
        "description": "`site` false asks for the seal only. A JSON body has at most 16 KiB, or a picture of at most 10 MiB.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": question},
                "multipart/form-data": {"schema": form, "encoding": {"fix": {"contentType": "application/json"}}},
            },
        },
        "responses": {
            "200": {
                "description": "The verdict; of several codes in a picture the worst, the others beside it.",
                "content": {"application/json": {"schema": {"$ref": REF.format(model="Answer")}}},
            },
            **_problems(400, 413, 415, 422, 503),
        },
    }


def _problems(*statuses: int) -> dict[str, Any]:
    def one(status: int) -> dict[str, Any]:
        codes = ", ".join(f"`{code}`" for code, its in problems.STATUS.items() if its == status)
        told: dict[str, Any] = {"description": f"Codes: {codes}.", "content": {problems.MEDIA_TYPE: {"schema": PROBLEM}}}
        return told | ({"headers": RETRY} if status == 503 else {})

    return {str(status): one(status) for status in statuses}


def _published() -> dict[str, Any]:
    def file(summary: str, media_type: str, name: str = "", shape: str = "") -> dict[str, Any]:
        schema = {"type": "string", "pattern": shape}
        parameters = [{"name": name, "in": "path", "required": True, "schema": schema}] if name else []
        found = {"description": "The signed file, COSE_Sign1.", "content": {media_type: {"schema": {}}}}
        return {"get": {"summary": summary, "parameters": parameters, "responses": {"200": found, **_problems(404)}}}

    names = {"type": "array", "items": {"type": "string"}}
    named = _object(status=names, known_seals=names)
    return {
        "/.well-known/khatm/index": {"get": {"summary": "The names of the lists below", "responses": {"200": _json(named)}}},
        "/.well-known/khatm/trust-list": file("The trust list", "application/khatm-trust-list+cose"),
        "/status/{number}": file("A status list (Token Status List)", "application/statuslist+cwt", "number", "^[1-9][0-9]{0,3}$"),
        "/.well-known/khatm/known-seals/{kid}": file(
            "Known seals of a compromised key", "application/khatm-known-seals+cose", "kid", "^([0-9a-f]{2}){1,2}$"
        ),
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "Names.", "content": {"application/json": {"schema": schema}}}


def _health() -> dict[str, Any]:
    report = {"description": "Ages (seconds) and faults.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "/health/live": {"get": {"summary": "The process answers", "responses": {"200": report}}},
        "/health/ready": {"get": {"summary": "Verdicts can be given", "responses": {"200": report, "503": report}}},
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "additionalProperties": False, "properties": properties}


def _words(alias: object) -> dict[str, Any]:
    return {"type": "string", "enum": list(get_args(alias))}


def _answers() -> dict[str, Any]:
    text, number, day = {"type": "string"}, {"type": "number"}, {"type": "string", "format": "date"}
    maybe_number, maybe_day = {"type": ["number", "null"]}, {"type": ["string", "null"], "format": "date"}
    numbers: dict[str, Any] = {"type": "object", "additionalProperties": {"type": ["integer", "string"]}}
    corner = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    site = _object(
        latitude=number, longitude=number, radius_m=maybe_number, footprint_m={"type": ["array", "null"], "items": corner}
    )
    license_ = _object(
        number=text,
        edition={"type": "integer"},
        authority=_object(code=text, ar=text, en=text),
        **dict.fromkeys(("type", "activity", "trade_name", "holder", "address"), text),
        details=numbers,
        site=site,
        first_day=day,
        last_day=maybe_day,
        sealed_on=day,
    )
    finding = _object(check={"type": "string", "enum": list(CHECKS)}, outcome=_words(Outcome), code=text, detail=numbers)
    license_["description"] = "Only if the signature held. Days of Africa/Cairo, metres, degrees WGS 84."
    verdict = _object(
        decision=_words(Decision),
        seal=_words(SealState),
        place=_words(PlaceState),
        reason=text,
        findings={"type": "array", "items": {"$ref": REF.format(model="Finding")}, "minItems": 7, "maxItems": 7},
        license={"oneOf": [{"$ref": REF.format(model="License")}, {"type": "null"}]},
        distance_m=maybe_number,
        bearing_degrees={"type": ["integer", "null"]},
        does_not_prove={"type": "array", "items": text},
        reference=text,
    )
    others = {"type": "array", "items": {"$ref": REF.format(model="Verdict")}}
    answer = _object(**verdict["properties"], several_codes={"type": "boolean"}, others=others)
    return {"Finding": finding, "License": license_, "Verdict": verdict, "Answer": answer}


def _problem() -> dict[str, Any]:
    fault = _object(pointer={"type": "string"}, code={"type": "string"})
    problem = _object(
        type={"type": "string", "format": "uri"},
        title={"type": "string", "description": "English"},
        title_ar={"type": "string", "description": "Arabic"},
        status={"type": "integer"},
        code={"type": "string", "enum": list(problems.STATUS)},
        faults={"type": "array", "items": fault, "description": "JSON pointers into the question, with a code each."},
    )
    problem["required"].remove("faults")
    return problem
