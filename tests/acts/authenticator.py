"""An authenticator as a phone or a security key is one (WebAuthn §6): nothing here is of the library that checks."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from acts.passkeys import Assertion, Passkey, Site

SITE = Site("office.example", ("https://office.example",))
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def text(octets: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Authenticator:
    """One credential of one person. `flags`, `origin` and the rest are changed by who attacks."""

    def __init__(self, account: str, site: Site = SITE, *, counting: bool = True) -> None:
        self.account, self.site = account, site
        self.credential = os.urandom(32)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.count, self._counting = 0, counting
        self.origin, self.flags, self.more = site.origins[0], _PRESENT | _VERIFIED, dict[str, Any]()

    @property
    def public_key(self) -> bytes:
        """A COSE_Key (RFC 9053 §7.1.1)."""
        numbers = self._key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})

    @property
    def private_key(self) -> bytes:
        """The key itself, PKCS #8 in DER, for another authenticator to hold."""
        plain = serialization.NoEncryption()
        return self._key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, plain)

    @property
    def passkey(self) -> Passkey:
        """As others know it."""
        return Passkey(self.account, self.credential, self.public_key)

    def create(self, challenge: bytes) -> str:
        """The answer of navigator.credentials.create(), as JSON."""
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + self.public_key
        data = self._data(self.flags | _ATTESTED) + attested
        response = {
            "clientDataJSON": text(self._client("webauthn.create", challenge)),
            "attestationObject": text(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._answer(response)

    def sign(self, challenge: bytes) -> Assertion:
        """What navigator.credentials.get() gives, in parts."""
        self.count += 1 if self._counting else 0
        data, client = self._data(self.flags), self._client("webauthn.get", challenge)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return Assertion(self.credential, data, client, signature)

    def get(self, challenge: bytes) -> str:
        """The same as JSON."""
        made = self.sign(challenge)
        response = {"clientDataJSON": made.client_data, "authenticatorData": made.authenticator_data, "signature": made.signature}
        return self._answer({name: text(octets) for name, octets in response.items()})

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps({"id": text(self.credential), "rawId": text(self.credential), "type": "public-key", "response": response})

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: bytes) -> bytes:
        said = {"type": kind, "challenge": text(challenge), "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | self.more, separators=(",", ":")).encode()
