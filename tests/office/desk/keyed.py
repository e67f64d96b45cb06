"""People with passkeys at the desk: some of cryptography alone (tests/acts/authenticator.py), some of Chromium's virtual authenticators."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from typing import Any

from playwright.sync_api import CDPSession, Page
from werkzeug.test import TestResponse

from acts.passkeys import site_of
from tests.acts.authenticator import Authenticator
from tests.office.desk.house import House, Visitor

ORIGIN = "https://office.example"


def form(text: str, action: str) -> dict[str, Any]:
    """The hidden fields of the form with that action, and what it asks a passkey, as `options`."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>.*?</form>', text, re.S)
    assert found, f"no form {action}"
    fields: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[0]))
    asked = re.search(r'data-options="([^"]*)"', found[0])
    return fields | {"options": json.loads(unescape(asked[1])) if asked else None}


def octets(text: str) -> bytes:
    """What base64url without padding stands for."""
    return base64.urlsafe_b64decode(f"{text}===")


def enrol(who: Visitor, key: Authenticator, name: str = "هاتفي", **more: str) -> TestResponse:
    """Enrol a passkey on the page."""
    asked = form(who.get("/centre/passkeys").text, "/centre/passkeys")
    answer = key.create(octets(asked["options"]["challenge"]))
    return who.post("/centre/passkeys", **({"name": name, "nonce": asked["nonce"], "answer": answer} | more))


def told(who: Visitor) -> str:
    """The six characters on the page of whoever waits."""
    found = re.search(r'class="reference"[^>]*>([a-z0-9]{6})<', who.get("/centre/passkeys").text)
    assert found
    return found[1]


def confirm(by: Visitor, name: str, code: str) -> TestResponse:
    """Confirm the passkey that waits."""
    page = by.get(f"/centre/people/{name}").text
    found = re.search(rf'action="(/centre/people/{name}/passkeys/\d+/confirm)"', page)
    assert found, "nothing to confirm"
    return by.post(found[1], 200, enrolment=code)


def keyed(house: House, name: str, by: Visitor, *granted: tuple[str, str], origin: str = ORIGIN) -> tuple[Visitor, Authenticator]:
    """Somebody with a passkey that `by` confirmed."""
    site = site_of(origin)
    assert site is not None
    who, key = house.staff(name, *granted), Authenticator(name, site)
    assert enrol(who, key).status_code == 303
    confirm(by, name, told(who))
    return who, key


def virtual(page: Page, *, verified: bool = True, holds: Authenticator | None = None) -> CDPSession:
    """Give a page of Chromium an authenticator that knows its user (W3C Web Authentication, §11), and perhaps holds a key already."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verified, "automaticPresenceSimulation": True}
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    if holds is not None:
        key: dict[str, Any] = {"isResidentCredential": False, "rpId": holds.site.rp_id, "signCount": holds.count}
        key["credentialId"], key["privateKey"] = (base64.b64encode(each).decode() for each in (holds.credential, holds.private_key))
        session.send("WebAuthn.addCredential", {"authenticatorId": made["authenticatorId"], "credential": key})
    return session
