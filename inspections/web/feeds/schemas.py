"""What the API tells, as records: the OpenAPI document is made from them, and answers are written by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from inspections.licensed import Standing
from seal.inspection import Answer, Result, Severity

Moment = Annotated[datetime, BeforeValidator(lambda at: datetime.fromtimestamp(at, UTC) if isinstance(at, int) else at)]
Decision = Literal["valid", "invalid", "undecided"]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]
Item = TypeVar("Item")


class Told(BaseModel):
    """Members are only added: whoever reads one ignores what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Position(Told):
    """Where the phone was, degrees WGS 84, with the radius in metres within which it says it is (95 %)."""

    latitude: float
    longitude: float
    accuracy_m: float | None


class Verdict(Told):
    """What the phone showed: `reason` is a stable code."""

    decision: Decision
    reason: str


class Newest(Told):
    """What the newest lists say of the same scan: `difference` is `same`, or the code of what is different."""

    decision: Decision
    difference: str


class Inspection(Told):
    """An inspection in a list."""

    id: int
    inspection: Hex = Field(description="Its name, made on the phone.")
    authority: str
    officer: str
    scanned_at: Moment
    arrived_at: Moment
    kind: Literal["license", "unlicensed"]
    result: Result
    license: str | None = Field(description="The number, where the code's signature held.")
    type: str = Field(description="License type as the inspector saw it; empty where nothing was said.")
    name: str = Field(description="What the board says.")
    position: Position | None
    verdict: Verdict | None
    newest: Newest | None
    severity: Severity | None = Field(description="Of the gravest finding.")
    chain: Literal["linked", "waiting", "broken", "forked"]
    state: Literal["confirmed", "set_apart"] = Field(description="`set_apart`: counts for nothing until a person has looked.")


class Finding(Told):
    """One line of the checklist."""

    item: str
    answer: Answer
    severity: Severity | None
    note: str


class Photograph(Told):
    """A photograph by its SHA-256; `size` in octets. One that is `missing` was named by the phone and has not arrived."""

    sha256: Hex
    size: int
    missing: bool


class Evaluation(Told):
    """What newer lists said, and when they were asked."""

    at: Moment
    decision: Decision
    reason: str
    difference: str


class WholeInspection(Inspection):
    """One inspection with its findings and photographs, and its place in the chain of its device."""

    signed_at: Moment
    device: Hex
    sequence: int
    digest: Hex = Field(description="SHA-256 of the signed message.")
    reasons: list[str] = Field(description="What is odd about it, by stable codes.")
    checklist: str | None
    findings: list[Finding]
    note: str
    photographs: list[Photograph]
    evaluations: list[Evaluation]


class Alert(Told):
    """What a rule found."""

    id: int
    rule: str
    code: str
    authority: str
    license: str | None
    opened_at: Moment
    renewed_at: Moment
    closed_at: Moment | None
    inspections: list[int] = Field(description="Those that speak for it, at most 100; none in a list.")


class Site(Told):
    """A licensed site, by the newest edition of its license."""

    license: str
    authority: str
    type: str
    name: str
    latitude: float
    longitude: float
    reach_m: int = Field(description="How far from the point still counts as there.")
    licensed_since: Moment
    expires_at: Moment | None
    standing: Standing


class License(Told):
    """How a license stands, as far as the sites of its authority are known (`as_of`), and its earlier editions, the newest first."""

    license: str
    as_of: Moment | None
    site: Site | None
    editions: list[Site]
    inspections: list[Inspection] = Field(description="The newest, at most 50.")
    alerts: list[Alert]


class Page(Told, Generic[Item]):
    """Part of a list, and the cursor with which it goes on; null at its end."""

    data: list[Item]
    next: str | None


class Sentence(Told):
    """A stable code, and what it says to people."""

    code: str
    ar: str
    en: str


class Refusal(Told):
    """Why there is no answer."""

    error: Sentence
