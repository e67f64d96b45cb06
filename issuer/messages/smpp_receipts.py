"""Delivery receipts as SMPP centres send them: in TLVs, or as a text that the specification only suggests."""

from __future__ import annotations

import logging
import re
from typing import Any, Literal

from smpplib import consts

from . import smpp_ids
from .providers import Receipt
from .smpp_ids import Forms

_LOG = logging.getLogger("khatm.smpp")
_IS_RECEIPT = 0x04  # esm_class, bits 5 to 2: "short message contains SMSC delivery receipt" (SMPP 3.4 §5.2.12)
_KIND = 0x3C
_Outcome = Literal["delivered", "failed"]
# §5.2.28. ENROUTE and ACCEPTED are on the way; UNKNOWN is what it says.
_STATES: dict[int, _Outcome] = {
    consts.SMPP_MESSAGE_STATE_DELIVERED: "delivered",
    consts.SMPP_MESSAGE_STATE_EXPIRED: "failed",
    consts.SMPP_MESSAGE_STATE_DELETED: "failed",
    consts.SMPP_MESSAGE_STATE_UNDELIVERABLE: "failed",
    consts.SMPP_MESSAGE_STATE_REJECTED: "failed",
}
# Appendix B
_WORDS: dict[str, _Outcome] = {"DELIVRD": "delivered", "EXPIRED": "failed", "DELETED": "failed", "UNDELIV": "failed", "REJECTD": "failed"}
_ID = re.compile(r"\bid:(\S{1,65})", re.ASCII | re.IGNORECASE)  # one more than a name may have: that is none
_STAT = re.compile(r"\bstat:([A-Z]{7})", re.ASCII | re.IGNORECASE)
_ERR = re.compile(r"\berr:([0-9A-Za-z]{1,8})", re.ASCII)


def receipt_of(pdu: Any, forms: Forms) -> Receipt | None:
    """Return the receipt in a deliver_sm; None if it is none, or says nothing final, or not about what.

    Of the state, the TLV counts more than the text. Text and TLV must name the same message, in the centre's `forms`.
    """
    if (pdu.esm_class or 0) & _KIND != _IS_RECEIPT:
        return None
    text = (pdu.short_message or getattr(pdu, "message_payload", None) or b"").decode("latin-1")
    state = getattr(pdu, "message_state", None)
    outcome = _STATES.get(state) if state is not None else _WORDS.get(_found(_STAT, text).upper())
    if outcome is None:
        return None
    tlv = (getattr(pdu, "receipted_message_id", None) or b"").decode("latin-1").rstrip("\0")
    named = smpp_ids.of_receipt(_found(_ID, text), tlv, forms)
    if named is None:
        _LOG.warning("a receipt about no message that can be told: see ids, receipt_ids and tlv_ids in the settings")
        return None
    error = _found(_ERR, text)
    return Receipt(named, outcome, "" if not error.strip("0") else error)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
