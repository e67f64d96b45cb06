"""What a store of S3 says when it does not do what it was asked for, as codes of ours.

Stores have codes of their own beside Amazon's; the status stands for what nobody here knows. A code is the store's word: it is shown, and
nothing but letters and digits of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import ObjectsError

_CODE = re.compile(r"[A-Za-z0-9]{1,64}")
_FULL = frozenset(
    {
        *("QuotaExceeded", "EntityTooLarge", "InsufficientStorage", "StorageFull", "TooManyObjects"),
        *("XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceededException"),
    }
)
_LATER = frozenset({"SlowDown", "RequestTimeout", "OperationAborted", "Busy", "ServiceUnavailable", "InternalError"})
_FULL_STATUS, _LATER_STATUS, _SERVER_STATUS = frozenset({413, 507}), frozenset({408, 429}), 500
NO_KEY = frozenset({"NoSuchKey", "404"})


def of(answer: Mapping[str, Any]) -> ObjectsError:
    """Return the refusal that a parsed answer means (botocore's `ClientError.response`)."""
    code, status = code_of(answer), status_of(answer)
    if code in _FULL or status in _FULL_STATUS:
        return ObjectsError("store_full", code)
    if code in _LATER or status in _LATER_STATUS or status >= _SERVER_STATUS:
        return ObjectsError("store_unreachable", code)
    return ObjectsError("store_refused", code)


def code_of(answer: Mapping[str, Any]) -> str:
    """Return the store's code, or the status where it has none."""
    code = str(answer.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else str(status_of(answer))


def status_of(answer: Mapping[str, Any]) -> int:
    """Return the HTTP status, 0 if there is none."""
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
