"""Why a request got no answer: a stable code, an HTTP status, and a sentence in both languages (RFC 9457).

A license that is not valid is no problem in this sense: it gets its verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flask import Response
from pydantic_core import to_json
from werkzeug.exceptions import HTTPException

from . import words

MEDIA_TYPE = "application/problem+json"

#: Code: HTTP status. Each code has its words in data/words.json, the core's sentences or those of the picture reader.
STATUS: Mapping[str, int] = MappingProxyType(
    {
        "bad_request": 400,
        "json_invalid": 400,
        "not_found": 404,
        "method_not_allowed": 405,
        "too_large": 413,
        "picture_too_large": 413,
        "address_too_long": 414,
        "media_type": 415,
        "misdirected": 421,
        "input_invalid": 422,
        "nothing_given": 422,
        "fix_invalid": 422,
        "latitude_range": 422,
        "longitude_range": 422,
        "no_code": 422,
        "picture_empty": 422,
        "picture_too_many_pixels": 422,
        "picture_too_many_pages": 422,
        "picture_costly": 422,
        "picture_format": 422,
        "picture_truncated": 422,
        "picture_unreadable": 422,
        "too_many_requests": 429,
        "internal": 500,
        "busy": 503,
        "lists_missing": 503,
    }
)
_OF_STATUS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 414: "address_too_long", 415: "media_type"}


class ProblemError(Exception):
    """A request that gets no answer. `faults` names what is wrong in the input: pointer and code, never the input itself.

    `about` is the name that the client itself gave the question, where it asked several.
    """

    def __init__(self, code: str, *, retry_after: int | None = None, faults: Sequence[Mapping[str, str]] = (), about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self.faults = faults
        self.about = about


def of_http(error: HTTPException) -> ProblemError:
    """Return what werkzeug refused as a problem of ours."""
    status = error.code or 500
    problem = ProblemError(_OF_STATUS.get(status, "internal" if status >= 500 else "bad_request"))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        problem.headers["Allow"] = ", ".join(sorted(allowed))
    return problem


def as_dict(problem: ProblemError) -> dict[str, object]:
    """Return the members of a problem detail."""
    answer: dict[str, object] = {
        "type": f"urn:khatm:problem:{problem.code}",
        "title": words.say(problem.code, "en"),
        "title_ar": words.say(problem.code, "ar"),
        "status": problem.status,
        "code": problem.code,
    }
    if problem.faults:
        answer["faults"] = [dict(fault) for fault in problem.faults]
    return answer


def as_response(problem: ProblemError) -> Response:
    """Return the problem for programs."""
    return Response(to_json(as_dict(problem)), problem.status, problem.headers, mimetype=MEDIA_TYPE)
