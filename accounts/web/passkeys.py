"""Passkeys on pages: one's own, and for administrators those of others: confirmed, withdrawn, signed for.

A passkey needs a script, for no plain form can ask an authenticator; the pages say so. What is signed is made here, and checked again
below (accounts.passkeys, accounts.vouching).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Engine

from accounts import ceremonies, contacts, directory, keyring, passkeys, vouching
from accounts.errors import AccountError
from accounts.keyring import Held
from accounts.roles import Account
from acts.errors import ApprovalError
from acts.passkeys import ALGORITHMS, Site, fingerprint
from acts.roster import Claim, Roster
from storage.database import reading

#: Its routes for everybody who works here, and those of people.py for administrators, as a table of access names them.
OWN = ("list_", "enrol", "rename", "remove")
OTHERS = ("confirm_passkey", "withdraw_passkey", "sign_for", "contact")
_ENROL = "enrol"
_TIMEOUT_MS = 120_000


@dataclass(frozen=True, slots=True)
class Host:
    """The program whose people have passkeys. `site` None: no address of its own is set, and passkeys cannot be made here."""

    root: str  # the path of the page of one's own
    engine: Engine
    now: Callable[[], int]
    account: Callable[[], Account]  # of the request at hand
    token: Callable[[], str]  # of its session
    status_of: Callable[[str], int]
    site: Callable[[], Site | None]
    roster: Callable[[], Roster | None]  # who vouches; None: nobody signs for anybody here
    name: str  # what authenticators call the program
    mobile: Callable[[str], str]  # a number as E.164, "" for none; raises AccountError `contact_invalid`

    def nonce(self, purpose: str) -> bytes:
        """Return something new to sign, good for a while in this session."""
        return ceremonies.nonce(self.token(), purpose, now=self.now())

    def taken(self, purpose: str) -> bytes:
        """Return the nonce of the form at hand. Raises AccountError `passkey_late`."""
        return ceremonies.take(self.token(), purpose, request.form.get("nonce", "")[:128], now=self.now())


def asked(challenge: bytes, site: Site, held: Iterable[Held]) -> str:
    """Return what a page gives navigator.credentials.get(), as JSON: one of these passkeys, and its user verified."""
    allowed = [{"type": "public-key", "id": ceremonies.text(each.credential)} for each in held if each.counts]
    options = {"challenge": ceremonies.text(challenge), "rpId": site.rp_id, "allowCredentials": allowed}
    return json.dumps(options | {"userVerification": "required", "timeout": _TIMEOUT_MS})


def blueprint(host: Host) -> Blueprint:
    """Return the routes of one's own passkeys."""
    own = Blueprint("passkeys", __name__, url_prefix=host.root, template_folder="templates")

    @own.get("")
    def list_() -> ResponseReturnValue:
        return _page(host)

    @own.post("")
    def enrol() -> ResponseReturnValue:
        return _changed(host, lambda connection: _enrol(host, connection))

    @own.post("/<int:id_>/name")
    def rename(id_: int) -> ResponseReturnValue:
        name = request.form.get("name", "")[:200]
        return _changed(host, lambda connection: passkeys.rename(connection, host.account(), id_, name))

    @own.post("/<int:id_>/remove")
    def remove(id_: int) -> ResponseReturnValue:
        mine = host.account()
        return _changed(host, lambda connection: passkeys.withdraw(connection, mine.name, id_, by=mine, now=host.now()))

    return own


def _enrol(host: Host, connection: Connection) -> None:
    site, challenge = host.site(), host.taken(_ENROL)
    if site is None:
        raise AccountError("passkey_missing")
    name, answer = request.form.get("name", "")[:200], request.form.get("answer", "")
    passkeys.enrol(connection, host.account(), name, answer, challenge=challenge, site=site, now=host.now())


def _changed(host: Host, change: Callable[[Connection], None]) -> ResponseReturnValue:
    try:
        with host.engine.begin() as connection:
            change(connection)
    except (AccountError, ApprovalError) as error:
        return _page(host, error.code)
    return redirect(host.root, 303)


def _page(host: Host, code: str = "") -> ResponseReturnValue:
    account, site = host.account(), host.site()
    with reading(host.engine) as connection:
        held = keyring.of_account(connection, account.id)
    nonce = host.nonce(_ENROL)
    page = render_template(
        "passkeys.html",
        root=host.root,
        standing=[each for each in held if each.withdrawn_at is None],
        withdrawn=[each for each in held if each.withdrawn_at is not None],
        options=_made(host, account, held, nonce, site) if site else "",
        nonce=nonce.hex(),
        code=code,
        typed=request.form,
        fingerprint=fingerprint,
    )
    return page, host.status_of(code) if code else 200


def _made(host: Host, account: Account, held: Iterable[Held], nonce: bytes, site: Site) -> str:
    """Return what the page gives navigator.credentials.create(), as JSON: a key that is not here yet, no attestation."""
    user = {"id": ceremonies.text(f"khatm {account.id}".encode()), "name": account.name, "displayName": account.display}
    known = [{"type": "public-key", "id": ceremonies.text(each.credential)} for each in held if each.withdrawn_at is None]
    options: dict[str, Any] = {
        "challenge": ceremonies.text(nonce),
        "rp": {"id": site.rp_id, "name": host.name},
        "user": user,
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in ALGORITHMS],
        "excludeCredentials": known,
        "authenticatorSelection": {"userVerification": "required", "residentKey": "discouraged"},
        "attestation": "none",
        "timeout": _TIMEOUT_MS,
    }
    return json.dumps(options)


def others(people: Blueprint, host: Host, find: Callable[[Connection, str], Account], show: Callable[..., ResponseReturnValue]) -> None:
    """Add the routes by which administrators look after other people's passkeys, to those of people.

    `find` is who may be seen, `show` an account's page.
    """

    def act(name: str, change: Callable[[], object]) -> ResponseReturnValue:
        try:
            with reading(host.engine) as connection:
                find(connection, name)
            change()
        except (AccountError, ApprovalError) as error:
            return show(name, code=error.code)
        return show(name, done=True)

    @people.post("/<name>/passkeys/<int:id_>/confirm")
    def confirm_passkey(name: str, id_: int) -> ResponseReturnValue:
        typed = request.form.get("enrolment", "")[:64]
        return act(name, lambda: passkeys.confirm(host.engine, name, id_, typed, by=host.account(), now=host.now()))

    @people.post("/<name>/passkeys/<int:id_>/withdraw")
    def withdraw_passkey(name: str, id_: int) -> ResponseReturnValue:
        def change() -> None:
            with host.engine.begin() as connection:
                passkeys.withdraw(connection, name, id_, by=host.account(), now=host.now())

        return act(name, change)

    @people.post("/<name>/mobile")
    def contact(name: str) -> ResponseReturnValue:
        def change() -> None:
            mobile = host.mobile(request.form.get("mobile", "")[:64])
            with host.engine.begin() as connection:
                contacts.set_mobile(connection, name, mobile, by=host.account(), now=host.now())

        return act(name, change)

    @people.post("/<name>/sign")
    def sign_for(name: str) -> ResponseReturnValue:
        return act(name, lambda: _sign(host, name))


def _sign(host: Host, name: str) -> None:
    """Keep whoever asks' signature for one of the claims that their page offered."""
    roster, said = host.roster(), request.form.get("claim", "")[:64]
    if roster is None:
        raise ApprovalError("roster_missing")
    nonce = host.taken(f"sign {said}")
    with host.engine.begin() as connection:
        account = directory.find(connection, name)
        offered = vouching.signable(connection, host.account(), account, roster)
        claim = next((each for each in offered if vouching.name_of(each) == said), None)
        if claim is None:
            raise AccountError("confirm_refused")
        answer = request.form.get("answer", "")
        vouching.sign(connection, host.account(), name, claim, answer, nonce=nonce, held=roster, now=host.now())


def told(host: Host, connection: Connection, account: Account) -> Mapping[str, Any]:
    """Return what an administrator's page says of somebody's passkeys."""
    asking, roster = host.account(), host.roster()
    held = keyring.of_account(connection, account.id)
    return {
        "passkeys": [each for each in held if each.withdrawn_at is None],
        "passkeys_confirmable": passkeys.may_confirm(asking, account, held),
        "signable": _offers(host, connection, asking, account, roster) if roster else (),
        "mobile": contacts.mobile_of(connection, account.id),
    }


def _offers(host: Host, connection: Connection, asking: Account, account: Account, roster: Roster) -> list[Mapping[str, Any]]:
    mine = keyring.of_account(connection, asking.id)
    standing = vouching.standing(connection, roster)
    named = {each.credential: each.name for each in keyring.of_account(connection, account.id)}
    return [
        _offer(host, claim, named, mine, roster, sorted(standing.signers(claim)))
        for claim in vouching.signable(connection, asking, account, roster)
    ]


def _offer(
    host: Host, claim: Claim, named: Mapping[bytes, str], mine: Iterable[Held], roster: Roster, signed: list[str]
) -> Mapping[str, Any]:
    said = vouching.name_of(claim)
    nonce = host.nonce(f"sign {said}")
    first, second = claim.given
    return {
        "claim": said,
        "passkey": named.get(first, "") if isinstance(first, bytes) else "",
        "authority": first if claim.kind == "role" else "",
        "role": second if claim.kind == "role" else "",
        "mobile": second if claim.kind == "contact" else "",
        "nonce": nonce.hex(),
        "options": asked(vouching.challenge(roster, claim, nonce), roster.site, mine),
        "signed": signed,
    }
