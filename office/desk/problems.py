"""Why a request got no answer: a stable code, an HTTP status, and a sentence in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from werkzeug.exceptions import HTTPException

#: Statuses of codes that are not 422. What is not somebody's own is "not found", so that nobody learns which numbers there are.
STATUS: Mapping[str, int] = MappingProxyType(
    {
        "bad_request": 400,
        "forged": 403,
        "forbidden": 403,
        "signed_out": 403,
        "not_found": 404,
        "application_unknown": 404,
        "applicant_none": 404,
        "document_unknown": 404,
        "number_unknown": 404,
        "bill_unknown": 404,
        "receipt_unknown": 404,
        "account_unknown": 404,
        "message_unknown": 404,
        "notice_unknown": 404,
        "refund_unknown": 404,
        "proposal_unknown": 404,
        "request_unknown": 404,
        "import_unknown": 404,
        "held_unknown": 404,
        "row_unknown": 404,
        "import_sent": 409,
        "import_changed": 409,
        "import_busy": 503,
        "notice_not_known": 404,
        "drawer_unknown": 404,
        "slip_unknown": 404,
        **dict.fromkeys(("ticket_unknown", "appointment_unknown", "queue_none"), 404),
        **dict.fromkeys(("van_code_unknown", "van_device_unknown", "van_parcel_unknown", "van_slip_unknown"), 404),
        "van_token_unknown": 401,
        "van_stopped": 403,
        **dict.fromkeys(("van_code_used", "van_code_expired", "van_device_known", "van_device_state", "van_gap", "van_full"), 409),
        **dict.fromkeys(("van_parcel_decided", "van_documents_missing", "van_nothing_waits"), 409),
        "preview_page_unknown": 404,
        "method_not_allowed": 405,
        "changed_meanwhile": 409,
        "action_refused": 409,
        "move_not_allowed": 409,
        "proposal_decided": 409,
        "proposal_own": 403,
        "change_not_yours": 403,
        "license_changed_since": 409,
        "transition_refused": 409,
        "request_decided": 409,
        "request_own": 403,
        "objection_made": 409,
        **dict.fromkeys(("drawer_missing", "drawer_open", "drawer_counted", "drawer_other_day", "drawer_closed", "drawer_short"), 409),
        **dict.fromkeys(("ticket_over", "appointment_over", "appointment_not_today", "slot_full", "queue_full", "queue_empty"), 409),
        **dict.fromkeys(("appointments_most", "appointment_same_day"), 409),
        "drawer_same_person": 403,
        "form_locked": 409,
        "document_accepted": 409,
        "document_not_returned": 409,
        "document_returned": 409,
        "document_not_accepted": 409,
        "no_document_returned": 409,
        "too_large": 413,
        "address_too_long": 414,
        "misdirected": 421,
        "wait": 429,
        "applicant_looks_many": 429,
        "internal": 500,
        "database_unreadable": 500,
        "database_locked": 503,
        "database_unreachable": 503,
        "database_unlocked": 503,
        "lists_missing": 503,
        "signing_unavailable": 503,
        "provider_unavailable": 503,
        "charge_refused": 502,  # by the provider: nothing that whoever pays could mend
        "applicant_key_lost": 503,
        "oidc_unreachable": 503,
        "governorate_other": 503,
        "preview_busy": 503,
        **dict.fromkeys(("paper_busy", "paper_failed"), 503),
        **dict.fromkeys(("disk_full", "disk", "permission", "read_only", "store_full"), 507),
        **dict.fromkeys(("store_unreachable", "store_refused"), 503),
    }
)
#: Codes of what passes within seconds: whoever asks is told when to come again.
AGAIN_SECONDS = MappingProxyType({"paper_busy": 5, "preview_busy": 5, "database_locked": 5, "store_unreachable": 10})
_OF_STATUS = {400: "bad_request", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 414: "address_too_long"}


class ProblemError(Exception):
    """A request that gets no answer but a page which says why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def status_of(code: str) -> int:
    """Return the HTTP status of a refusal."""
    return STATUS.get(code, 422)


def of_http(error: HTTPException) -> ProblemError:
    """Return what werkzeug refused as a problem of ours."""
    status = error.code or 500
    return ProblemError(_OF_STATUS.get(status, "internal" if status >= 500 else "bad_request"))
