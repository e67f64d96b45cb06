"""What people sign with a passkey (W3C Web Authentication, level 3): the one place where an answer of an authenticator is checked.

Pure: no web, no table, no clock. A publisher and an audit check with it what a web server once accepted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .errors import ApprovalError

#: What a key may be (RFC 9053, RFC 8812): ES256, EdDSA, RS256, which are what phones, computers and security keys make.
ALGORITHMS = (-7, -8, -257)
CHALLENGE_BYTES = 32
_ID_MOST, _KEY_MOST, _DATA_MOST, _CLIENT_MOST, _SIGNATURE_MOST = 1023, 1024, 2048, 2048, 1024
_JSON_MOST = 16_384
#: A host name, never an address of digits (WebAuthn §5.1.3, HTML "is a registrable domain suffix of or is equal to").
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>(?:[a-z0-9-]{1,63}\.)*[a-z](?:[a-z0-9-]{0,62}))(?::[0-9]{1,5})?")


class Site(NamedTuple):
    """Where passkeys are good: the relying party's id, a host name, and the origins whose pages may ask for them."""

    rp_id: str
    origins: tuple[str, ...]


def site_of(origin: str) -> Site | None:
    """Return where the passkeys of the pages at `origin` are good, None for "". Raises ApprovalError `origin_invalid`."""
    if not origin:
        return None
    found = _ORIGIN.fullmatch(origin)
    if found is None or (found["scheme"] == "http" and found["host"] != "localhost"):
        raise ApprovalError("origin_invalid", origin[:80])
    return Site(found["host"], (origin,))


class Passkey(NamedTuple):
    """A public key (COSE_Key, RFC 9052 §7) by the id of its credential, and the name of the account whose it is."""

    account: str
    credential: bytes
    public_key: bytes


class Assertion(NamedTuple):
    """What an authenticator answered: which credential, and the three parts that its signature is about."""

    credential: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


class Enrolled(NamedTuple):
    """A credential that was just made. `synced`: it may lie in a cloud, with other devices of the same person."""

    credential: bytes
    public_key: bytes
    counter: int
    synced: bool


def enrolled(answer: str, *, challenge: bytes, site: Site) -> Enrolled:
    """Return the credential that a browser's answer (RegistrationResponseJSON) made, user verification included.

    Raises ApprovalError `passkey_refused`.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415 - most processes never need it
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415

    given = _object(answer)
    with _refusing():
        _same_origin(_octets(given["response"]["clientDataJSON"], _CLIENT_MOST))
        found = verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(each) for each in ALGORITHMS],
        )
    if not 0 < len(found.credential_id) <= _ID_MOST or len(found.credential_public_key) > _KEY_MOST:
        raise ApprovalError("passkey_refused", "size")
    synced = found.credential_device_type.value == "multi_device"
    return Enrolled(found.credential_id, found.credential_public_key, found.sign_count, synced)


def parse(answer: str) -> Assertion:
    """Read a browser's answer (AuthenticationResponseJSON), of which nothing is verified yet. Raises ApprovalError `passkey_refused`."""
    given = _object(answer)
    with _refusing():
        inner = given["response"]
        return Assertion(
            _octets(given["rawId"], _ID_MOST),
            _octets(inner["authenticatorData"], _DATA_MOST),
            _octets(inner["clientDataJSON"], _CLIENT_MOST),
            _octets(inner["signature"], _SIGNATURE_MOST),
        )


def verify(assertion: Assertion, *, challenge: bytes, passkey: Passkey, site: Site) -> int:
    """Return the counter of an assertion that `passkey` made over `challenge`, its user verified, on a page of `site`.

    Raises ApprovalError `passkey_refused`.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse  # noqa: PLC0415

    if assertion.credential != passkey.credential:
        raise ApprovalError("passkey_refused", "credential")
    response = AuthenticatorAssertionResponse(
        client_data_json=assertion.client_data, authenticator_data=assertion.authenticator_data, signature=assertion.signature
    )
    with _refusing():
        _same_origin(assertion.client_data)
        found = verify_authentication_response(
            credential=AuthenticationCredential(id=_text(assertion.credential), raw_id=assertion.credential, response=response),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # what is older, the caller knows: `counts_on`
            require_user_verification=True,
        )
    return found.new_sign_count


def fingerprint(passkey: Passkey) -> str:
    """Return what people compare of a passkey: 80 bits of a SHA-256, in groups."""
    digest = hashlib.sha256(passkey.credential + passkey.public_key).hexdigest()[:20]
    return "-".join(digest[start : start + 5] for start in range(0, 20, 5))


def counts_on(before: int, now: int) -> bool:
    """Say whether a counter went on as one authenticator's does (WebAuthn §6.1.1); those that count nothing always say 0."""
    return now > before or before == now == 0


def challenge_in(client_data: bytes) -> bytes:
    """Return the challenge that a page asked to be signed. Raises ApprovalError `passkey_refused`."""
    with _refusing():
        return _octets(json.loads(client_data)["challenge"], 64)


def _same_origin(client_data: bytes) -> None:
    """Refuse what was asked for in another site's frame. Raises ValueError."""
    said = json.loads(client_data)
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise ValueError("another site's frame")


def _object(answer: str) -> dict[str, Any]:
    if len(answer) > _JSON_MOST:
        raise ApprovalError("passkey_refused", "size")
    with _refusing():
        given = json.loads(answer)
        if type(given) is dict:
            return given
    raise ApprovalError("passkey_refused", "JSON")


def _octets(text: object, most: int) -> bytes:
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    if type(text) is not str or not text.isascii():
        raise ValueError("base64url expected")
    found = base64url_to_bytes(text)
    if not 0 < len(found) <= most:
        raise ValueError("size")
    return found


def _text(octets: bytes) -> str:
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415

    return bytes_to_base64url(octets)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn whatever a stranger's octets make a parser raise into one refusal."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        yield
    except (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError, UnsupportedAlgorithm) as error:
        raise ApprovalError("passkey_refused", str(error)[:200]) from error
