"""Who applies, as a part of a form's first step: what its boxes hold, and for whom they are open; masked, on the page of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from office.applicants import form as fields
from office.applicants.records import Outcome
from office.applications import identity, looking
from office.applications.context import UnitOfWork
from office.applications.errors import Fault
from office.applications.looking import Shown

from .context import DeskContext
from .openforms import OpenForm
from .visitor import unit_of_work

STEP = "details"


class Asked(NamedTuple):
    """The part of a form that asks who applies. `typed` is what its boxes hold; None: somebody else filled them, and they stay closed."""

    kinds: tuple[str, ...]
    typed: Mapping[str, str] | None
    shown: Shown | None = None
    fault: str = ""


def asked(unit: UnitOfWork, form: OpenForm, sent: Mapping[str, str], *, opened: bool = False) -> Asked | None:
    """Return what a form asks of who applies, None where it asks nothing. What was just sent goes before what is kept.

    `opened`: whoever looks asked to see what somebody else typed, which is written down.
    """
    kinds = identity.asked(unit.office, form.service)
    if not kinds:
        return None
    now = {code: sent[code] for code in fields.FIELDS if code in sent}
    found = looking.typed(unit, form.name, asked_for=opened)
    if found is None and now:  # opened before, and sent: what was typed stays
        return Asked(kinds, now)
    if found is None:
        return Asked(kinds, None, looking.masked(unit, form.name))
    typed = {"applicant_kind": kinds[0]} | {code: text for code, text in found.typed.items() if text} | now
    if not found.typed and unit.actor.kind == "citizen":
        typed.setdefault("applicant_mobile", unit.actor.mobile)
    return Asked(kinds, typed, fault=found.fault if found.outcome == Outcome.UNREADABLE else "")


def long(step: str, sent: Mapping[str, str]) -> list[Fault]:
    """Return what of who applies is longer than is kept."""
    return identity.long(sent) if step == STEP else []


def keep(unit: UnitOfWork, name: str, step: str, sent: Mapping[str, str]) -> None:
    """Keep what a step said about who applies."""
    if step == STEP:
        identity.keep(unit, name, sent)


def masked(connection: Connection, context: DeskContext, name: str) -> Shown | None:
    """Return who applies as a page shows it, None where that is not the visitor's business."""
    return looking.masked(unit_of_work(connection, context), name)
