"""The schemas of answers in the OpenAPI document. Those of questions are made from the models that parse them."""

from __future__ import annotations

from typing import Any, get_args

from seal.receipt import State as ReceiptState
from seal.verdict import CHECKS, Decision, Outcome, PlaceState, SealState

from . import problems

REF = "#/components/schemas/{model}"
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def object_(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has just these members."""
    return {"type": "object", "required": list(properties), "additionalProperties": False, "properties": properties}


def _words(alias: object) -> dict[str, Any]:
    return {"type": "string", "enum": list(get_args(alias))}


def answers() -> dict[str, Any]:
    """Return the schemas of everything that an answer holds, by name."""
    text, number, day = {"type": "string"}, {"type": "number"}, {"type": "string", "format": "date"}
    maybe_number, maybe_day = {"type": ["number", "null"]}, {"type": ["string", "null"], "format": "date"}
    numbers: dict[str, Any] = {"type": "object", "additionalProperties": {"type": ["integer", "string"]}}
    corner = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    site = object_(
        latitude=number, longitude=number, radius_m=maybe_number, footprint_m={"type": ["array", "null"], "items": corner}
    )
    license_ = object_(
        number=text,
        edition={"type": "integer"},
        authority=object_(code=text, ar=text, en=text),
        **dict.fromkeys(("type", "activity", "trade_name", "holder", "address"), text),
        details=numbers,
        site=site,
        first_day=day,
        last_day=maybe_day,
        sealed_on=day,
    )
    finding = object_(check={"type": "string", "enum": list(CHECKS)}, outcome=_words(Outcome), code=text, detail=numbers)
    license_["description"] = "Only if the signature held. Days of Africa/Cairo, metres, degrees WGS 84."
    verdict = {
        "kind": {"const": "license"},
        "decision": _words(Decision),
        "seal": _words(SealState),
        "place": _words(PlaceState),
        "reason": text,
        "findings": {"type": "array", "items": {"$ref": REF.format(model="Finding")}, "minItems": 7, "maxItems": 7},
        "license": {"oneOf": [{"$ref": REF.format(model="License")}, {"type": "null"}]},
        "distance_m": maybe_number,
        "bearing_degrees": {"type": ["integer", "null"]},
        "does_not_prove": {"type": "array", "items": text},
        "reference": text,
        **_circumstances(),
    }
    receipt, of_receipt = _receipts(text)
    return {"Finding": finding, "License": license_, "Receipt": receipt, **_whole(verdict, of_receipt)}


def _receipts(text: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a receipt says, and the members of a verdict on one."""
    moment = {"type": "string", "format": "date-time"}
    receipt = object_(number=text, service=text, holder=text, authority=object_(code=text, ar=text, en=text), received_at=moment)
    receipt["description"] = "The receipt of an application, only if the signature held. It licenses nothing."
    verdict = {
        "kind": {"const": "receipt"},
        "decision": {"type": "string", "enum": ["receipt", "invalid", "undecided"]},
        "state": _words(ReceiptState),
        "reason": text,
        "receipt": {"oneOf": [{"$ref": REF.format(model="Receipt")}, {"type": "null"}]},
        **_circumstances(),
    }
    return receipt, verdict


def _circumstances() -> dict[str, Any]:
    """Return what every verdict says of itself: in words, when it was given, and how old its lists were."""
    words, seconds = object_(ar={"type": "string"}, en={"type": "string"}), {"type": "integer", "description": "Seconds."}
    lists = object_(
        trust_list=object_(sequence={"type": "integer"}, age_s=seconds),
        status_list={
            "oneOf": [object_(age_s=seconds), {"type": "null"}],
            "description": "The one that the license is in, else the newest; null where none is at hand.",
        },
    )
    return {"headline": words, "sentence": words, "checked_at": {"type": "string", "format": "date-time"}, "lists": lists}


def _whole(license_: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas of verdicts, of answers, which have the others beside them, and of results in a batch."""

    def either(suffix: str) -> dict[str, Any]:
        return {"oneOf": [{"$ref": REF.format(model=f"{name}{suffix}")} for name in ("License", "Receipt")]}

    beside = {"several_codes": {"type": "boolean"}, "others": {"type": "array", "items": either("Verdict")}}
    place = {"index": {"type": "integer"}, "id": {"type": "string"}}
    results = [object_(**place, answer={"$ref": REF.format(model="Answer")}), object_(**place, problem=PROBLEM)]
    return {
        "LicenseVerdict": object_(**license_),
        "ReceiptVerdict": object_(**receipt),
        "LicenseAnswer": object_(**license_, **beside),
        "ReceiptAnswer": object_(**receipt, **beside),
        "Answer": either("Answer"),
        "BatchResult": {"oneOf": results},
    }


def problem() -> dict[str, Any]:
    """Return the schema of a problem detail."""
    fault = object_(pointer={"type": "string"}, code={"type": "string"})
    problem = object_(
        type={"type": "string", "format": "uri"},
        title={"type": "string", "description": "English"},
        title_ar={"type": "string", "description": "Arabic"},
        status={"type": "integer"},
        code={"type": "string", "enum": list(problems.STATUS)},
        faults={"type": "array", "items": fault, "description": "JSON pointers into the question, with a code each."},
    )
    problem["required"].remove("faults")
    return problem
