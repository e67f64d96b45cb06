"""What inspections' service answers, read once into frozen records. Strict in what is used; what is new to us is passed over."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

ITEMS_MOST = 1_000  # of one answer
Action = Literal["suspend", "revoke"]

_Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_Text = Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")]
_Id = Annotated[  # a number or a text over there; a text here
    str, BeforeValidator(lambda value: str(value) if type(value) is int else value), Field(min_length=1, max_length=64, pattern=r"^[!-~]*$")
]
_Number = Annotated[str, Field(max_length=32, pattern=r"^[A-Z0-9-]+$")]
_Authority = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,4}$")]
_Count = Annotated[int, Field(ge=0, lt=1 << 53)]
_Day = Annotated[date, Field(strict=False)]  # JSON has no days: ISO text


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


class Names(_Read):
    """A name or a sentence in both languages."""

    ar: _Text
    en: _Text


class Finding(Names):
    """An item of the checklist that was found bad."""

    severity: Literal["minor", "serious", "critical"]


class Approved(_Read):
    """A notice as inspections approved it: what is sealed, and what its paper says beside. Degrees are WGS 84, days those of Cairo."""

    number: _Number
    authority: _Authority
    violation: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
    names: Names
    basis: Names
    holder: Annotated[str, Field(min_length=1, max_length=150)]
    license: _Number | None
    occurrence: Annotated[int, Field(ge=1, le=3)]
    piastres: _Count
    objection_days: Annotated[int, Field(ge=0, le=366)]
    payment_days: Annotated[int, Field(ge=0, le=366)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    place: _Text | None
    findings: Annotated[tuple[Finding, ...], Field(max_length=200)]
    reported_on: _Day
    approved_at: _Count
    sample: bool


class Happened(_Read):
    """One step of a notice's history; nobody's name is in it."""

    state: Annotated[str, Field(max_length=16)]
    at: _Count
    reason: _Text | None = None


class Standing(Approved):
    """The same with what became of it. The days are the last ones on which one may object or pay, and the one on which it was paid."""

    state: Annotated[str, Field(max_length=16)]
    served_on: _Day | None
    objection_until: _Day | None
    pay_until: _Day | None
    paid_on: _Day | None = None
    objection: Annotated[str, Field(max_length=36)] | None = None  # the office's name for the one that is there
    history: Annotated[tuple[Happened, ...], Field(max_length=1_000)] = ()

    @property
    def without_objection(self) -> bool:
        """Whether inspections say that they have none; those that are older say nothing of it."""
        return "objection" in self.model_fields_set and self.objection is None


class Proposed(_Read):
    """A proposal to suspend or revoke a license, by an account of inspections."""

    id: _Id
    license: _Number
    authority: _Authority
    action: Action
    reason: _Line
    violation: _Number | None
    proposed_by: Annotated[str, Field(min_length=1, max_length=80)]
    proposed_at: _Count


class ApprovedPage(_Read):
    """A page of approved notices. `next` is where the following one begins, None at the end."""

    items: Annotated[tuple[Approved, ...], Field(max_length=ITEMS_MOST)]
    next: Annotated[str, Field(max_length=200)] | None = None


class ProposedPage(_Read):
    """The same of proposals."""

    items: Annotated[tuple[Proposed, ...], Field(max_length=ITEMS_MOST)]
    next: Annotated[str, Field(max_length=200)] | None = None


class ToldTo(_Read):
    """Up to which application inspections were told: the moment it came into its state (seconds since 1970 UTC) and its id."""

    since: _Count
    id: _Count
