"""The schemas of answers in the OpenAPI document. Those of questions are made from the models that parse them."""

from __future__ import annotations

from typing import Any, get_args

from seal.notices import DAYS_MAX, PIASTRES_MAX
from seal.notices import State as NoticeState
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
    site = object_(latitude=number, longitude=number, radius_m=maybe_number, footprint_m={"type": ["array", "null"], "items": corner})
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
        "findings": {"type": "array", "items": {"$ref": REF.format(model="Finding")}, "minItems": len(CHECKS), "maxItems": len(CHECKS)},
        "license": {"oneOf": [{"$ref": REF.format(model="License")}, {"type": "null"}]},
        "distance_m": maybe_number,
        "bearing_degrees": {"type": ["integer", "null"]},
        "does_not_prove": {"type": "array", "items": text},
        "reference": text,
        **_circumstances(),
    }
    (receipt, of_receipt), (notice, of_notice) = _receipts(text), _notices(text)
    held = {"Finding": finding, "License": license_, "Receipt": receipt, "Notice": notice}
    return {**held, **_whole({"License": verdict, "Receipt": of_receipt, "Notice": of_notice})}


def _notices(text: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a notice says, and the members of a verdict on one."""
    working_days = {"type": "integer", "minimum": 0, "maximum": DAYS_MAX, "description": "Working days after it is served."}
    notice = object_(
        **dict.fromkeys(("number", "violation", "holder"), text),
        violation_name={
            "oneOf": [object_(ar=text, en=text), {"type": "null"}],
            "description": "What `violation` is called; null: the trust list does not say.",
        },
        license={"type": ["string", "null"], "description": "Its number; null: there is none, or it is not known."},
        occurrence={"type": "integer", "enum": [1, 2, 3], "description": "3: the third time or later."},
        piastres={"type": "integer", "minimum": 0, "maximum": PIASTRES_MAX},
        objection_days=working_days,
        payment_days=working_days,
        latitude={"type": "number"},
        longitude={"type": "number"},
        authority=object_(code=text, ar=text, en=text),
        signed_at={"type": "string", "format": "date-time"},
    )
    notice["description"] = (
        "The notice of a violation, only if the signature held. It licenses nothing, and does not say what became of it."
    )
    return notice, _of_slip("notice", NoticeState, text)


def _receipts(text: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a receipt says, and the members of a verdict on one."""
    moment = {"type": "string", "format": "date-time"}
    receipt = object_(number=text, service=text, holder=text, authority=object_(code=text, ar=text, en=text), received_at=moment)
    receipt["description"] = "The receipt of an application, only if the signature held. It licenses nothing."
    return receipt, _of_slip("receipt", ReceiptState, text)


def _of_slip(kind: str, states: object, text: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": {"const": kind},
        "decision": {"type": "string", "enum": [kind, "invalid", "undecided"]},
        "state": _words(states),
        "reason": text,
        kind: {"oneOf": [{"$ref": REF.format(model=kind.capitalize())}, {"type": "null"}]},
        **_circumstances(),
    }


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


def _whole(verdicts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schemas of verdicts, of answers, which have the others beside them, and of results in a batch."""

    def either(suffix: str) -> dict[str, Any]:
        return {"oneOf": [{"$ref": REF.format(model=f"{name}{suffix}")} for name in verdicts]}

    beside = {"several_codes": {"type": "boolean"}, "others": {"type": "array", "items": either("Verdict")}}
    place = {"index": {"type": "integer"}, "id": {"type": "string"}}
    results = [object_(**place, answer={"$ref": REF.format(model="Answer")}), object_(**place, problem=PROBLEM)]
    return {
        **{f"{name}Verdict": object_(**verdict) for name, verdict in verdicts.items()},
        **{f"{name}Answer": object_(**verdict, **beside) for name, verdict in verdicts.items()},
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
