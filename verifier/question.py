"""What a program may ask: a text or a picture, and perhaps where it was seen. Strict: an unknown field is a refusal.

The same models make the OpenAPI document.
"""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from flask import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError, from_json
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from seal.site import Fix

from .problems import ProblemError
from .settings import Settings

# RFC 3339 §5.6; `fromisoformat` alone also takes times without a zone, and weeks.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch
FORM_ROOM = 64 * 1024  # what a multipart body may take beside its picture
FAULTS_MOST = 20
ITEMS_MOST = 100


def _moment(value: object) -> datetime:
    if isinstance(value, str) and _MOMENT(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("date_time", "a date and time with a zone, RFC 3339")


def _picture(value: object) -> bytes:
    try:
        if isinstance(value, str):
            return b64decode(value, validate=True)
    except (Base64Error, ValueError):
        pass
    raise PydanticCustomError("base64", "base64, RFC 4648 section 4")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class FixQuestion(_Strict):
    """A measured position, WGS 84. `accuracy_m` is a radius in metres that holds the true place with `confidence` percent."""

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    accuracy_m: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    confidence: Literal[68, 95] = 68
    measured_at: Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
    source: Annotated[str, Field(max_length=40)] = ""

    def fix(self) -> Fix:
        """Return it as the core takes it."""
        return Fix(self.latitude, self.longitude, self.accuracy_m, self.measured_at, self.confidence, self.source)


class TextQuestion(_Strict):
    """The text of a QR code. `site` false asks for the seal only."""

    text: Annotated[str, Field(min_length=1)]
    fix: FixQuestion | None = None
    site: bool = True


class PictureQuestion(_Strict):
    """A picture of a QR code, in base64."""

    image: Annotated[bytes, BeforeValidator(_picture), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]
    fix: FixQuestion | None = None
    site: bool = True


class BatchItem(TextQuestion):
    """One question of many. `id` is the client's own name for it, given back with the answer."""

    id: Annotated[str, Field(max_length=64)] = ""


class Batch(_Strict):
    """Up to a hundred questions. One that is wrong gets a problem of its own; the others are answered."""

    items: Annotated[list[Any], Field(min_length=1, max_length=ITEMS_MOST)]


Question = TextQuestion | PictureQuestion
Q = TypeVar("Q", TextQuestion, PictureQuestion, BatchItem, Batch)


def parse(request: Request, settings: Settings) -> Question:
    """Return what a request asks. Raises ProblemError `json_invalid`, `input_invalid`, `media_type`, `too_large` or `picture_too_large`."""
    if request.mimetype == "application/json":
        return of_body(request.get_data(cache=False), settings)
    if request.mimetype == "multipart/form-data":
        return _of_form(request, settings)
    raise ProblemError("media_type")


def announced(environ: Mapping[str, Any]) -> int:
    """Return how many octets a body has; more than any may have where it does not say so plainly."""
    told = environ.get("CONTENT_LENGTH", "")
    plain = told.isascii() and told.isdigit() and len(told) < 10 and "HTTP_TRANSFER_ENCODING" not in environ
    return int(told) if plain else sys.maxsize


def parse_batch(request: Request, settings: Settings) -> list[BatchItem | ProblemError]:
    """Return what each item of a request asks, or what is wrong with it.

    Raises ProblemError `json_invalid`, `input_invalid`, `media_type` or `too_large` for the whole.
    """
    if request.mimetype != "application/json":
        raise ProblemError("media_type")
    body = request.get_data(cache=False)
    if len(body) > settings.most_batch_bytes:
        raise ProblemError("too_large")
    return [_item(value) for value in _validated(Batch, _json(body)).items]


def _item(value: object) -> BatchItem | ProblemError:
    try:
        return _validated(BatchItem, value)
    except ProblemError as problem:
        named = value.get("id") if isinstance(value, dict) else None
        problem.about = named[:64] if isinstance(named, str) else ""
        return problem


def of_body(body: bytes, settings: Settings) -> Question:
    """Return what a body of JSON asks. Raises ProblemError `json_invalid`, `input_invalid`, `too_large` or `picture_too_large`."""
    value = _json(body)
    if not isinstance(value, dict):
        raise ProblemError("input_invalid", faults=[{"pointer": "", "code": "object_expected"}])
    if "image" in value:
        if len(body) > settings.most_picture_bytes * 4 // 3 + FORM_ROOM:
            raise ProblemError("picture_too_large")
        return _validated(PictureQuestion, value)
    if len(body) > settings.most_text_bytes:
        raise ProblemError("too_large")
    return _validated(TextQuestion, value)


def _json(body: bytes) -> Any:
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise ProblemError("json_invalid") from error


def _validated(model: type[Q], value: object) -> Q:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:FAULTS_MOST]
        faults = [{"pointer": "".join(f"/{part}"[:64] for part in fault["loc"]), "code": fault["type"]} for fault in found]
        raise ProblemError("input_invalid", faults=faults) from error


def _of_form(request: Request, settings: Settings) -> PictureQuestion:
    """A picture as a file, beside it `fix` as JSON and `site` as true or false."""
    value: dict[str, object] = {name: _json(text.encode()) for name, text in fields(request).items()}
    question = _validated(PictureQuestion, {**value, "image": ""})
    return question.model_copy(update={"image": uploaded(request, settings)})


def fields(request: Request) -> MultiDict[str, str]:
    """Return the fields of a form. Raises ProblemError `picture_too_large` (the whole is larger than a picture may be) or `too_large`."""
    try:
        return request.form
    except RequestEntityTooLarge as error:
        whole = request.max_content_length is not None and (request.content_length or 0) > request.max_content_length
        raise ProblemError("picture_too_large" if whole else "too_large") from error


def uploaded(request: Request, settings: Settings) -> bytes:
    """Return the uploaded picture, empty if none was chosen. Raises ProblemError `nothing_given`, and as `fields` does."""
    fields(request)
    file = request.files.get("image")
    if file is None:
        raise ProblemError("nothing_given")
    data: bytes = file.read(settings.most_picture_bytes + 1)
    if len(data) > settings.most_picture_bytes:
        raise ProblemError("picture_too_large")
    return data
