"""A pass for Google Wallet: a link that holds the whole pass as a signed token, which Google's page reads and offers to keep.

A generic pass, as Google's documentation of the Wallet API has it: an RS256 token of the kind `savetowallet`, signed by a service account
of the issuer. Nothing is sent by us: whoever presses the button carries it there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey

from seal.catalogue import Language

from .card import WORDS, Card

ADDRESS = "https://pay.google.com/gp/v/save/"
#: Longer tokens may be cut off on their way (Google's own figure): of a pass that would be longer, what may be left out is.
TOKEN_MOST = 1_800
_NAME_LEAST = 24  # letters of a long name that are kept in any case
_INK = "#0d3b4f"


@dataclass(frozen=True, slots=True, repr=False)
class GoogleWallet:
    """The office as an issuer of passes: its number, the class of its passes, and the service account that signs."""

    issuer: str
    class_: str
    account: str
    key: RSAKey

    def link(self, card: Card, language: Language, *, now: int) -> str:
        """Return the address under which a license's pass is kept, in one language; `now` is in seconds since 1970 UTC."""
        name = card.trade_name
        token = self._token(card, language, name, now, more=True)
        if len(token) > TOKEN_MOST:
            token = self._token(card, language, name, now, more=False)
        while len(token) > TOKEN_MOST and len(name) > _NAME_LEAST:
            name = name[:-8].rstrip("… ") + "…"
            token = self._token(card, language, name, now, more=False)
        return ADDRESS + token

    def _token(self, card: Card, language: Language, name: str, now: int, *, more: bool) -> str:
        class_ = f"{self.issuer}.{self.class_}"
        payload = {"genericClasses": [{"id": class_}], "genericObjects": [self._object(card, class_, language, name, more=more)]}
        told = {"iss": self.account, "aud": "google", "typ": "savetowallet", "iat": now, "origins": [], "payload": payload}
        content = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return jws.serialize_compact({"alg": "RS256", "typ": "JWT"}, content, self.key, algorithms=["RS256"])

    def _object(self, card: Card, class_: str, language: Language, name: str, *, more: bool) -> dict[str, Any]:
        # A pass that is there already is not written over, so each edition is one of its own.
        told: dict[str, Any] = {
            "id": f"{self.issuer}.{card.number}_{card.edition}",
            "classId": class_,
            "state": "ACTIVE",
            "cardTitle": _said(WORDS.say("not_a_proof", language), language),
            "header": _said(name, language),
            "hexBackgroundColor": _INK,
            "barcode": {"type": "QR_CODE", "value": card.text, "alternateText": card.number},
        }
        if card.last_day:
            told["validTimeInterval"] = {"end": {"date": f"{card.last_day.isoformat()}T23:59:59"}}
        if more:
            told["subheader"] = _said(card.type[language], language)
            beside = {"activity": card.activity[language], "authority": card.authority[language]}
            told["textModulesData"] = [{"id": code, "header": WORDS.say(code, language), "body": text} for code, text in beside.items()]
        return told


def _said(text: str, language: str) -> dict[str, Any]:
    return {"defaultValue": {"language": language, "value": text}}
