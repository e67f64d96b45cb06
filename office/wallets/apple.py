"""A pass for Apple's Wallet: a zip of pass.json, pictures and words, with a manifest of digests and a signature over it.

Package and keys are as Apple's Wallet Passes documentation has them: the manifest holds SHA-1 digests, which the format fixes; the
signature is a detached PKCS #7 of the manifest in DER, with the signing time, the pass's certificate and the one that issued it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options

from seal import days

from . import icons
from .card import WORDS, Both, Card

MEDIA = "application/vnd.apple.pkpass"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # of every file in the zip: the same pass is the same octets, but for its signature
_INK, _PAPER, _SOFT = "rgb(13,59,79)", "rgb(255,255,255)", "rgb(233,196,106)"
#: What the words of a pass are looked up by, so that no shop's name is taken for one of them.
_PREFIX = "khatm."


@dataclass(frozen=True, slots=True, repr=False)
class AppleWallet:
    """The office's own pass type: its certificate with its private key, and Apple's intermediate certificate that issued it."""

    certificate: x509.Certificate
    key: RSAPrivateKey
    intermediate: x509.Certificate
    pass_type: str  # pass.…
    team: str

    def usable(self, now: int) -> bool:
        """Say whether its certificate is good at `now` (seconds since 1970 UTC)."""
        moment = datetime.fromtimestamp(now, UTC)
        return self.certificate.not_valid_before_utc <= moment < self.certificate.not_valid_after_utc

    def pass_of(self, card: Card) -> bytes:
        """Return the signed pass of a license (a .pkpass)."""
        files = {"pass.json": _json(self._told(card)), **icons.pictures()}
        files |= {f"{language}.lproj/pass.strings": _strings(card, language) for language in ("ar", "en")}
        manifest = _json({name: hashlib.sha1(content, usedforsecurity=False).hexdigest() for name, content in files.items()})
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in {**files, "manifest.json": manifest, "signature": self._sign(manifest)}.items():
                package.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
        return written.getvalue()

    def _sign(self, manifest: bytes) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest).add_signer(self.certificate, self.key, SHA256())
        options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities]
        return builder.add_certificate(self.intermediate).sign(Encoding.DER, options)

    def _told(self, card: Card) -> dict[str, Any]:
        # The number alone is the pass's serial number: the pass of a new edition takes the old one's place in the wallet.
        told = {
            **{"formatVersion": 1, "passTypeIdentifier": self.pass_type, "teamIdentifier": self.team, "serialNumber": card.number},
            **{"organizationName": f"{_PREFIX}governorate", "description": f"{_PREFIX}description", "logoText": f"{_PREFIX}logo"},
            **{"backgroundColor": _INK, "foregroundColor": _PAPER, "labelColor": _SOFT, "voided": False},
            "barcodes": [_barcode(card)],
            "locations": [{"latitude": card.latitude, "longitude": card.longitude, "relevantText": f"{_PREFIX}here"}],
            "generic": _fields(card),
        }
        return told | ({"expirationDate": _end(card)} if card.last_day else {})


def _barcode(card: Card) -> dict[str, str]:
    card.text.encode("ascii")  # the phone draws it from these octets: a code must say what the seal says
    return {"format": "PKBarcodeFormatQR", "message": card.text, "messageEncoding": "iso-8859-1", "altText": card.number}


def _fields(card: Card) -> dict[str, Any]:
    until = {"value": _end(card), "dateStyle": "PKDateStyleMedium"} if card.last_day else {"value": f"{_PREFIX}open_ended"}
    back = ("number", card.number), ("holder", card.holder), ("address", card.address), ("from", card.first_day.isoformat())
    return {
        "headerFields": [{"key": "until", "label": f"{_PREFIX}until", **until}],
        "primaryFields": [{"key": "name", "label": f"{_PREFIX}type", "value": card.trade_name}],
        "secondaryFields": [_named("activity"), _named("authority")],
        "auxiliaryFields": [{"key": "notice", "label": f"{_PREFIX}notice", "value": f"{_PREFIX}not_a_proof"}],
        "backFields": [
            {"key": "why", "label": f"{_PREFIX}why", "value": f"{_PREFIX}why_not"},
            *({"key": key, "label": f"{_PREFIX}{key}", "value": value} for key, value in back),
        ],
    }


def _named(code: str) -> dict[str, str]:
    return {"key": code, "label": f"{_PREFIX}{code}", "value": f"{_PREFIX}{code}_name"}


def _end(card: Card) -> str:
    """Return the last second of the last day in Cairo, as a W3C date."""
    if card.last_day is None:
        raise ValueError("without an end")
    last = days.start_of(card.last_day + timedelta(days=1)) - 1
    return datetime.fromtimestamp(last, days.cairo()).isoformat()


def _strings(card: Card, language: str) -> bytes:
    """Return the words of a pass in one language, as a property list of old (UTF-8)."""
    named: dict[str, Both] = {"type": card.type, "activity_name": card.activity, "authority_name": card.authority}
    said = {code: text[language] for code, text in (*WORDS.items(), *named.items())}
    said |= {"governorate": card.governorate[language], "logo": f"{said['title']} · {card.governorate[language]}"}
    said["description"] = f"{said['title']} {card.number}"
    lines = (f"{_quoted(_PREFIX + code)} = {_quoted(text)};\n" for code, text in sorted(said.items()))
    return "".join(lines).encode()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
