"""Signing in with a provider of OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core §3.1, RFC 7636, RFC 9207).

The provider says who it is; what they may do here stays ours. What it says is believed only under its published keys, from its own
address, for our client, for the attempt that began in the same browser, and now.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from web.addresses import guarded
from web.client import Client, ClientError

from .errors import AccountError
from .oidc_settings import OidcSettings

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # never none, and no secret of ours is a key
LEEWAY_SECONDS = 60
_FRESH_SECONDS, _AGAIN_SECONDS = 3600.0, 60.0  # the provider's documents are read again after; for a key that is not there, sooner
_MOST_OCTETS = 256 * 1024
_SUBJECT_MAX = 255  # OpenID Connect Core §2


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser keeps while its person is with the provider: nobody else can finish what it began."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Attempt:
        """Return an attempt that nobody can guess."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider names, and whether it says that a second factor was asked for which we trust."""

    issuer: str
    subject: str
    strong: bool


class Provider:
    """The provider of one program. Threads may share it."""

    def __init__(self, settings: OidcSettings, *, seconds: float = 8.0) -> None:
        """Nothing is asked yet: a provider that is down keeps nobody from signing in with a password."""
        self.settings = settings
        self._client = Client(seconds=seconds, most_octets=_MOST_OCTETS, authority=settings.authority, keep=False)
        self._lock, self._document, self._keys = Lock(), dict[str, Any](), KeySet([])
        self._read_at = -_FRESH_SECONDS

    def address(self, attempt: Attempt, redirect: str) -> str:
        """Return where the browser goes to sign in. Raises AccountError `oidc_unreachable`."""
        challenge = urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": self.settings.client_id, "redirect_uri": redirect, "scope": "openid"}
        proof = {"state": attempt.state, "nonce": attempt.nonce, "code_challenge": challenge, "code_challenge_method": "S256"}
        where = self._endpoint("authorization_endpoint")
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked | proof)}"

    def identity(self, attempt: Attempt, told: dict[str, str], redirect: str, *, now: int) -> Identity:
        """Return whom the provider names in the answer that the browser brought (`told`, its query).

        Raises AccountError `oidc_refused` for what is not to be believed, or a person who turned back; `oidc_unreachable`.
        """
        if not hmac.compare_digest(told.get("state", "").encode("utf-8", "replace"), attempt.state.encode()):
            raise AccountError("oidc_refused")
        if told.get("iss", self.settings.issuer) != self.settings.issuer or not told.get("code") or "error" in told:
            raise AccountError("oidc_refused")
        text = self._redeem(told["code"], attempt, redirect)
        return self._named(self._claims(text, attempt, now))

    def _redeem(self, code: str, attempt: Attempt, redirect: str) -> str:
        """Return the ID token that a code is worth; the code works once, and only with this attempt's verifier."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": attempt.verifier}
        pair = f"{quote(self.settings.client_id, safe='')}:{quote(self.settings.secret, safe='')}"  # RFC 6749 §2.3.1
        headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}", "Content-Type": "application/x-www-form-urlencoded"}
        told = self._asked("POST", self._endpoint("token_endpoint"), urlencode(form).encode(), headers)
        text = told.get("id_token")
        if not isinstance(text, str):
            raise AccountError("oidc_refused")
        return text

    def _claims(self, text: str, attempt: Attempt, now: int) -> dict[str, Any]:
        try:
            claims = self._decoded(text)
            values = {"iss": self.settings.issuer, "aud": self.settings.client_id, "nonce": attempt.nonce}
            wanted: dict[str, Any] = {name: {"essential": True, "value": value} for name, value in values.items()}
            wanted |= {name: {"essential": True} for name in ("exp", "iat", "sub")}
            jwt.JWTClaimsRegistry(now=now, leeway=LEEWAY_SECONDS, **wanted).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise AccountError("oidc_refused") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", "" if several else self.settings.client_id) != self.settings.client_id:
            raise AccountError("oidc_refused")  # a token for others too says for whom it was made (§3.1.3.7)
        return claims

    def _decoded(self, text: str) -> dict[str, Any]:
        """Return the claims of a token whose signature holds, if need be by keys read anew. Raises JoseError, ValueError."""
        try:
            return dict(jwt.decode(text, self._keys, algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError):
            if not self._grown_old(_AGAIN_SECONDS):
                raise
            self._refresh()
        return dict(jwt.decode(text, self._keys, algorithms=list(ALGORITHMS)).claims)

    def _named(self, claims: dict[str, Any]) -> Identity:
        subject, methods = claims["sub"], claims.get("amr", [])
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX or not subject.isprintable():
            raise AccountError("oidc_refused")
        said = {each for each in (*(methods if isinstance(methods, list) else ()), claims.get("acr")) if isinstance(each, str)}
        return Identity(self.settings.issuer, subject, bool(said & self.settings.second_factor))

    def _grown_old(self, seconds: float) -> bool:
        return time.monotonic() - self._read_at >= seconds

    def _endpoint(self, name: str) -> str:
        """Return an address of the provider's. Raises AccountError `oidc_unreachable` also for one that is not guarded by TLS."""
        if self._grown_old(_FRESH_SECONDS):
            self._refresh()
        address = self._document.get(name)
        if not isinstance(address, str) or not guarded(address):
            raise AccountError("oidc_unreachable")
        return address

    def _refresh(self) -> None:
        """Read what the provider says of itself, and its keys (OpenID Connect Discovery §4)."""
        with self._lock:
            document = self._asked("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            keys = document.get("jwks_uri")
            if document.get("issuer") != self.settings.issuer or not isinstance(keys, str) or not guarded(keys):
                raise AccountError("oidc_unreachable")
            try:
                self._keys = KeySet.import_key_set(self._asked("GET", keys))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise AccountError("oidc_unreachable") from error
            self._document, self._read_at = document, time.monotonic()

    def _asked(self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object of an answer. Raises AccountError `oidc_unreachable`, or `oidc_refused` where the provider said no."""
        try:
            answer = self._client.request(method, url, body=body, headers={"Accept": "application/json", **(headers or {})})
            told = json.loads(answer.body) if answer.whole else None
        except (ClientError, ValueError, RecursionError) as error:
            raise AccountError("oidc_unreachable") from error
        if 400 <= answer.status < 500 and method == "POST":
            raise AccountError("oidc_refused")
        if answer.status != 200 or not isinstance(told, dict):
            raise AccountError("oidc_unreachable")
        return told
