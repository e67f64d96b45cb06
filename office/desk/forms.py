"""A service's fields as the steps of a form: what each step asks, and what of it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from governorate import licensed
from office.applications.errors import Fault
from office.services.service import Document, Field, Kind, Service
from seal.catalogue import Language

from . import placing

SITE = ("latitude", "longitude", "radius_m", "footprint")
#: Degrees too: 31° 12′ N is read from left to right.
_LTR = (*SITE, "trade_name_en")
STEPS = ("details", "site", "documents", "check")
_BOXES = {Kind.TEXT: "text", Kind.LICENSE: "text", Kind.ACTIVITY: "text", Kind.DAY: "date", Kind.COUNT: "text", Kind.METRES: "text"}
_LONG_TEXT = 200  # characters from which a text gets several lines


class Box(NamedTuple):
    """One field on a page. `mode` is the keyboard that a phone shows."""

    field: Field
    value: str
    kind: str  # text, lines, date, choice
    mode: str
    ltr: bool
    suggestions: tuple[str, ...] = ()


def steps(service: Service) -> tuple[str, ...]:
    """Return the steps of a service's form."""
    codes = {field.code for field in service.fields}
    there = {"site": "latitude" in codes, "documents": bool(service.documents)}
    return tuple(step for step in STEPS if there.get(step, True))


def fields_of(service: Service, step: str) -> tuple[Field, ...]:
    """Return the fields that a step asks for."""
    if step == "details":
        return tuple(field for field in service.fields if field.code not in SITE)
    return tuple(field for field in service.fields if field.code in SITE) if step == "site" else ()


def boxes(service: Service, step: str, typed: Mapping[str, str], language: Language) -> tuple[Box, ...]:
    """Return the fields of a step as the page shows them."""
    return tuple(_box(field, typed.get(field.code, ""), language) for field in fields_of(service, step))


def _box(field: Field, value: str, language: Language) -> Box:
    if field.kind == Kind.CHOICE:
        return Box(field, value, "choice", "", ltr=False)
    kind = "lines" if field.kind == Kind.TEXT and (field.most or 0) > _LONG_TEXT else _BOXES.get(field.kind, "text")
    numeric = field.kind in (Kind.COUNT, Kind.METRES)
    mode = ("numeric" if field.kind == Kind.COUNT else "decimal") if numeric else "text"
    known = licensed.default().activities.values() if field.kind == Kind.ACTIVITY else ()
    shown = value
    if field.kind == Kind.ACTIVITY and value in licensed.default().activities:
        shown = licensed.default().activities[value][language]
    ltr = numeric or field.kind == Kind.LICENSE or field.code in _LTR
    return Box(field, shown, kind, mode, ltr, tuple(name[language] for name in known))


def read(service: Service, step: str, sent: Mapping[str, str]) -> dict[str, str]:
    """Return what a sent form says in the fields of a step, as typed; a pair of coordinates in one box is parted."""
    typed = {field.code: sent[field.code] for field in fields_of(service, step) if field.code in sent}
    if "activity" in typed:
        typed["activity"] = _activity(typed["activity"])
    if step == "site":
        typed["latitude"], typed["longitude"] = placing.parted(typed.get("latitude", ""), typed.get("longitude", ""))
        if "footprint" in typed:
            typed["footprint"] = placing.kept(typed["footprint"])
    return typed


def _activity(text: str) -> str:
    """Return the code of an activity that was chosen by its name, else the text."""
    wanted = " ".join(text.split())
    return next((code for code, name in licensed.default().activities.items() if wanted in name.values()), text)


def step_of(service: Service, fault: Fault) -> str:
    """Return the step where a fault is put right."""
    if any(document.code == fault.field for document in service.documents):
        return "documents"
    if fault.field in SITE and "site" in steps(service):
        return "site"
    return "details"


def of_step(service: Service, step: str, faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults that a step can put right."""
    return [fault for fault in faults if step_of(service, fault) == step]


def missing(documents: Sequence[Document], there: Sequence[str]) -> int:
    """Return how many required documents are not there yet."""
    return sum(document.required and document.code not in there for document in documents)
