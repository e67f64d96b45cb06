"""Why a request got no answer: a stable code, an HTTP status, and a sentence in both languages.

A phone keeps what was refused, with the code. 401 and 403 are about the device or its officer; 5xx and 429 mean "try again"; other 4xx are
about the one thing that was sent (inspector_app/pwa/src/inspections goes by this).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException

from inspections.errors import SENTENCES

#: Statuses of codes that are not 422.
STATUS: Mapping[str, int] = MappingProxyType(
    {
        "bad_request": 400,
        "odata_invalid": 400,
        "odata_unsupported": 501,
        "device_refused": 401,
        "token_refused": 401,
        "scope_missing": 403,
        "token_unknown": 404,
        "hook_unknown": 404,
        "hook_message_unknown": 404,
        "token_revoked": 409,
        "forged": 403,
        "forbidden": 403,
        "signed_out": 403,
        "sign_in_refused": 403,
        "oidc_refused": 403,
        "identity_unknown": 403,
        "code_refused": 403,
        "officer_refused": 403,
        "second_factor_missing": 403,
        "device_stopped": 403,
        "invitation_refused": 403,
        "not_found": 404,
        "inspection_unknown": 404,
        "photograph_unknown": 404,
        "account_unknown": 404,
        "device_unknown": 404,
        "alert_unknown": 404,
        "list_unknown": 404,
        "violation_unknown": 404,
        "notice_unknown": 404,
        "proposal_unknown": 404,
        "story_number_wrong": 404,
        "method_not_allowed": 405,
        "device_known": 409,
        "code_used": 409,
        "device_foreign": 409,
        "device_state": 409,
        "alert_closed": 409,
        "reorder_differs": 409,
        **dict.fromkeys(("violation_state", "violation_changed", "violation_reported", "violation_set_apart"), 409),
        **dict.fromkeys(("notice_state", "notice_sealed_otherwise", "notice_not_served", "notice_closed"), 409),
        **dict.fromkeys(("objection_made", "objection_late"), 409),
        **dict.fromkeys(("proposal_open", "proposal_decided", "proposal_same_person"), 409),
        "violation_same_person": 403,
        "office_refused": 401,
        "code_expired": 410,
        "code_unknown": 404,
        "too_large": 413,
        "too_long": 413,
        "photograph_too_large": 413,
        "address_too_long": 414,
        "media_type": 415,
        "misdirected": 421,
        "wait": 429,
        "internal": 500,
        **dict.fromkeys(("disk", "disk_full", "permission", "read_only", "store_full"), 507),
        **dict.fromkeys(("store_unreachable", "store_refused"), 503),
        "busy": 503,
        "database_unreadable": 500,
        "database_locked": 503,
        "database_unreachable": 503,
        "lists_missing": 503,
        "oidc_unreachable": 503,
        "governorate_other": 503,
    }
)
_OF_STATUS = {
    **{400: "bad_request", 401: "device_refused", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"},
    **{413: "too_large", 414: "address_too_long", 415: "media_type"},
}
_RETRY_SECONDS = 5


class ProblemError(Exception):
    """A request that gets no answer. `code` is a key of SENTENCES."""

    def __init__(self, code: str, *, wait_seconds: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait_seconds = wait_seconds


def status_of(code: str) -> int:
    """Return the HTTP status of a refusal."""
    return STATUS.get(code, 422)


def of_http(error: HTTPException) -> ProblemError:
    """Return what werkzeug refused as a problem of ours."""
    status = error.code or 500
    return ProblemError(_OF_STATUS.get(status, "internal" if status >= 500 else "bad_request"))


def known(code: str) -> str:
    """Return the code, or `internal` for one without a sentence."""
    return code if code in SENTENCES else "internal"


def as_response(code: str, *, wait_seconds: int = 0, field: str = "") -> Response:
    """Return a refusal as programs are told it. `field`: what of the request it is about."""
    code = known(code)
    text, status = SENTENCES[code], 500 if code == "internal" else status_of(code)
    response = jsonify(error={"code": code, "ar": text["ar"], "en": text["en"], **({"field": field} if field else {})})
    response.status_code = status
    if status in (429, 503):
        response.headers["Retry-After"] = str(wait_seconds or _RETRY_SECONDS)
    return response
