"""Delivery receipts as SMPP centres send them: in TLVs, or as a text that the specification only suggests."""

from __future__ import annotations

import logging
import re
from typing import Any, Literal

from smpplib import consts

from . import smpp_ids
from .providers import Receipt, Unread
from .smpp_ids import Forms

_LOG = logging.getLogger("khatm.smpp")
_IS_RECEIPT = 0x04  # esm_class, bits 5 to 2: "short message contains SMSC delivery receipt" (SMPP 3.4 §5.2.12)
_KIND = 0x3C
_HEADED = 0x40  # a user data header stands before the text
_UCS2 = 0x08  # data_coding (§5.2.19)
_Outcome = Literal["delivered", "failed", "on_its_way"]
# §5.2.28, and 0 and 9 as SMPP 5.0 §4.7.15 has them. UNKNOWN says nothing, in so many words.
_STATES: dict[int, _Outcome] = {
    0: "on_its_way",
    consts.SMPP_MESSAGE_STATE_ENROUTE: "on_its_way",
    consts.SMPP_MESSAGE_STATE_DELIVERED: "delivered",
    consts.SMPP_MESSAGE_STATE_EXPIRED: "failed",
    consts.SMPP_MESSAGE_STATE_DELETED: "failed",
    consts.SMPP_MESSAGE_STATE_UNDELIVERABLE: "failed",
    consts.SMPP_MESSAGE_STATE_ACCEPTED: "on_its_way",
    consts.SMPP_MESSAGE_STATE_UNKNOWN: "on_its_way",
    consts.SMPP_MESSAGE_STATE_REJECTED: "failed",
    9: "failed",  # SKIPPED
}
# Appendix B has seven letters for each; centres write the words out too.
_WORDS: dict[str, _Outcome] = {
    **dict.fromkeys(("DELIVRD", "DELIVERED"), "delivered"),
    **dict.fromkeys(
        ("EXPIRED", "DELETED", "UNDELIV", "UNDELIVERABLE", "UNDELIVERED", "REJECTD", "REJECTED", "SKIPPED", "FAILED"), "failed"
    ),
    **dict.fromkeys(("ENROUTE", "ACCEPTD", "ACCEPTED", "UNKNOWN", "SCHEDULED"), "on_its_way"),
}
_KEY = r"(?:sub|dlvrd|submit[ _]date|done[ _]date|stat|err|text)\s*:"
# Blanks may stand after the colon; what follows an empty name is the next key. One more than a name may have: that is none.
_ID = re.compile(rf"\bid\s*:\s*(?!{_KEY})(\S{{1,65}})", re.ASCII | re.IGNORECASE)
_STAT = re.compile(r"\bstat\s*:\s*([A-Z]{1,16})\b", re.ASCII | re.IGNORECASE)
_ERR = re.compile(r"\berr\s*:\s*([0-9A-Z]{1,8})\b", re.ASCII | re.IGNORECASE)
_TEXT = re.compile(r"\btext\s*:", re.ASCII | re.IGNORECASE)  # from here on it is what was sent to somebody


def receipt_of(pdu: Any, forms: Forms) -> Receipt | Unread | None:
    """Return the receipt in a deliver_sm; None if it is none, or says nothing final; `Unread` if it is one that nobody understands.

    Of the state, the TLV counts more than the text. Text and TLV must name the same message, in the centre's `forms`.
    """
    if (pdu.esm_class or 0) & _KIND != _IS_RECEIPT:
        return None
    told = _TEXT.split(_text(pdu), maxsplit=1)[0]
    state, word = getattr(pdu, "message_state", None), _found(_STAT, told).upper()
    outcome = _STATES.get(state) if state is not None else _WORDS.get(word)
    if outcome is None:
        _LOG.warning("a receipt of a state that is not known: %s", state if state is not None else word or "none")
        return Unread("state")
    if outcome == "on_its_way":
        return None
    tlv = (getattr(pdu, "receipted_message_id", None) or b"").decode("latin-1").rstrip("\0")
    named = smpp_ids.of_receipt(_found(_ID, told), tlv, forms)
    if named is None:
        _LOG.warning("a receipt about no message that can be told: see ids, receipt_ids and tlv_ids in the settings")
        return Unread("name")
    error = _found(_ERR, told)
    return Receipt(named, outcome, "" if not error.strip("0") else error)


def _text(pdu: Any) -> str:
    """Return a receipt's text. Where the alphabet is not said, UCS-2 tells itself: of ASCII, every other octet is 0."""
    octets: bytes = pdu.short_message or getattr(pdu, "message_payload", None) or b""
    if (pdu.esm_class or 0) & _HEADED and octets:
        octets = octets[octets[0] + 1 :]
    if octets.startswith(b"\xff\xfe") or (octets[1:2] == b"\0" and octets[:1] != b"\0"):
        return octets.decode("utf-16-le", "replace")
    if pdu.data_coding == _UCS2 or octets[:1] == b"\0":
        return octets.decode("utf-16-be", "replace")
    return octets.decode("latin-1")


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
