"""What a request of a phone or of the office holds, bounded before it is read. Strict: an unknown field is a refusal."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Annotated, ClassVar, Literal, Self

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inspections.enforcement import applications, sealing, texts
from inspections.planning.day import CAPACITY_MOST, REASON_MOST
from inspections.rounds.reordering import Told
from seal.inspection import LENGTH_MAX, PHOTOGRAPH_MAX, SEQUENCE_MAX

from .problems import ProblemError

COSE = "application/cose"
JPEG = "image/jpeg"
_JSON_MAX = 8192
_OFFICE_MAX = 65_536  # an objection's text, each letter written as an escape
_SEAL_MAX = 4 * (sealing.PDF_MAX // 3 + 1) + _OFFICE_MAX


class _Asked(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    most: ClassVar[int] = _JSON_MAX

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return what a request asks. Raises ProblemError `media_type`, `too_large`, `input_invalid`."""
        if request.mimetype != "application/json":
            raise ProblemError("media_type")
        try:
            return cls.model_validate_json(_body(request, cls.most, "too_large"))
        except ValidationError as error:
            raise ProblemError("input_invalid") from error


_Text = Annotated[str, Field(max_length=128, pattern=r"^[^\x00]*$")]


class SignIn(_Asked):
    """Who signs in on the device."""

    name: _Text
    password: Annotated[str, Field(max_length=512)]
    code: _Text


class Contact(_Asked):
    """How the phone stands: its own newest sequence with that message's digest (hex), and how many inspections are not confirmed."""

    app: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]
    unsent: Annotated[int, Field(ge=0, le=1_000_000)]
    seq: Annotated[int, Field(ge=0, le=SEQUENCE_MAX)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None

    @property
    def octets(self) -> bytes | None:
        """The digest, 32 octets."""
        return None if self.digest is None else bytes.fromhex(self.digest)


_Number = Annotated[str, Field(max_length=32, pattern=r"^[A-Z0-9-]+$")]
_Numbers = Annotated[list[_Number], Field(max_length=CAPACITY_MOST)]


class Reorder(_Asked):
    """Another order of a day's list, by license numbers: how it was, how it is now, who says so and when (seconds since 1970 UTC)."""

    list: Annotated[int, Field(ge=1, lt=1 << 53)]
    officer: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\x00]*$")]
    at: Annotated[int, Field(ge=0, lt=1 << 40)]
    before: _Numbers
    after: _Numbers
    reason: Annotated[str, Field(max_length=4 * REASON_MOST, pattern=r"^[^\x00]*$")]

    def named(self, name: bytes) -> Told:
        """Return it as it is kept, under the name that the phone gave it."""
        return Told(name, self.list, self.officer, self.at, tuple(self.before), tuple(self.after), self.reason)


_Seconds = Annotated[int, Field(ge=0, lt=1 << 53)]


class Seal(_Asked):
    """A sealed notice: its text, its paper (PDF in base64) and the key's name (hex)."""

    most = _SEAL_MAX
    text: Annotated[str, Field(min_length=1, max_length=sealing.TEXT_MAX, pattern=r"^[!-~]*$")]
    pdf: str
    kid: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,64}$")]

    @property
    def paper(self) -> bytes:
        """The PDF. Raises ProblemError `notice_paper`."""
        try:
            return b64decode(self.pdf, validate=True)
        except ValueError as error:
            raise ProblemError("notice_paper") from error


class Objection(_Asked):
    """A citizen's objection, made `at`; the office named it by `id`, a UUID."""

    most = _OFFICE_MAX
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    text: Annotated[str, Field(max_length=2 * texts.OBJECTION_MAX, pattern=r"^[^\x00]*$")]
    at: _Seconds


class Decision(_Asked):
    """What the office decided about a proposal, by which of its accounts, and why."""

    most = _OFFICE_MAX
    decision: Literal["accepted", "rejected"]
    by: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    reason: Annotated[str, Field(max_length=2 * texts.REASON_MAX, pattern=r"^[^\x00]*$")]
    at: _Seconds


class _Names(_Asked):
    """A name in both languages."""

    ar: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    en: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class _Application(_Asked):
    """Where an application stands; the office calls it `id` besides its number."""

    id: _Seconds
    number: _Number
    authority: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,4}$")]
    names: _Names
    channel: applications.Channel
    state: applications.State
    since: _Seconds
    submitted_at: _Seconds
    decided_at: _Seconds | None
    subject: _Number | None
    issued: _Number | None

    def read(self) -> applications.Application:
        """Return it as it is kept."""
        said = self.model_dump(exclude={"id", "names"})
        return applications.Application(**said, name_ar=self.names.ar, name_en=self.names.en, office_id=self.id)


class Applications(_Asked):
    """Applications that came into their state since the office last told."""

    most = 4 * _OFFICE_MAX
    items: Annotated[list[_Application], Field(max_length=applications.MOST)]


def signed(request: Request) -> bytes:
    """Return a body that is a signed object. Raises ProblemError `media_type`, `too_long`."""
    if request.mimetype != COSE:
        raise ProblemError("media_type")
    return _body(request, LENGTH_MAX, "too_long")


def photograph(request: Request) -> bytes:
    """Return a body that is a photograph. Raises ProblemError `media_type`, `photograph_too_large`."""
    if request.mimetype != JPEG:
        raise ProblemError("media_type")
    return _body(request, PHOTOGRAPH_MAX, "photograph_too_large")


def octets_of(text: str, length: int) -> bytes:
    """Return octets that an address names in hex. Raises ProblemError `not_found`."""
    if not re.fullmatch(rf"[0-9a-f]{{{2 * length}}}", text):
        raise ProblemError("not_found")
    return bytes.fromhex(text)


def _body(request: Request, most: int, code: str) -> bytes:
    if (request.content_length or 0) > most:
        raise ProblemError(code)
    data = request.get_data(cache=False)
    if len(data) > most:
        raise ProblemError(code)
    return data
