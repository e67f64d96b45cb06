"""Approvals that are signed, on the pages of applications and of requests: what a passkey is asked for, and what the form brings back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask import request
from sqlalchemy import Connection

from accounts import ceremonies, keyring
from accounts.roles import Account
from accounts.web import passkeys
from acts import approvals
from acts.approvals import Decision, Terms
from acts.errors import ApprovalError
from issuer.errors import IssuerError
from issuer.register.requests import Request
from office import signed_requests
from office.applications import records, signing
from office.applications.signing import Click
from office.applications.views import Casefile

from .context import DeskContext
from .visitor import visitor


class Asked(NamedTuple):
    """What a page says of the signatures under a decision. Without `options` this visitor cannot sign it; `fault` says why."""

    people: int
    signed: tuple[str, ...]  # the accounts of those who did
    nonce: str = ""
    options: str = ""
    fault: str = ""


def asked(context: DeskContext, connection: Connection, application: Casefile) -> Asked | None:
    """Return what approving takes; None where whoever is signed in approves, or the visitor may not."""
    office, account = context.office(), visitor().account
    may = account is not None and any(action.code == signing.APPROVE for action in application.actions)
    if office.approvals is None or account is None or not may:
        return None
    terms = office.approvals
    try:
        held = records.find(connection, application.number, actor=visitor().actor)
        signed = tuple(each.account for each in signing.given_to(connection, held.id, held.version))
        if account.name in signed:
            return Asked(terms.people, signed, fault="approval_given")
        decision = signing.decision(connection, office, held, version=held.version, now=context.now())
    except (ApprovalError, IssuerError) as error:
        return Asked(terms.people, (), fault=error.code)
    return _by_passkey(context, connection, account, decision, terms, signed, _purpose(application.number))


def asked_of(context: DeskContext, connection: Connection, request_: Request, account: Account) -> Asked | None:
    """Return what approving a request takes; None where whoever is signed in approves, or nothing waits."""
    terms = context.office().approvals
    if terms is None or request_.state != "waiting":
        return None
    try:
        signed = tuple(each.account for each in signed_requests.given(request_))
        if account.name in signed:
            return Asked(terms.people, signed, fault="approval_given")
        decision = signed_requests.decision(request_, terms)
    except ApprovalError as error:
        return Asked(terms.people, (), fault=error.code)
    return _by_passkey(context, connection, account, decision, terms, signed, purpose_of(request_.id))


def _by_passkey(
    context: DeskContext, connection: Connection, account: Account, decision: Decision, terms: Terms, signed: tuple[str, ...], purpose: str
) -> Asked:
    """Return what the page gives one of the visitor's passkeys to sign."""
    mine = [each for each in keyring.of_account(connection, account.id) if each.counts]
    if not mine:
        return Asked(terms.people, signed, fault="approval_no_passkey")
    nonce = ceremonies.nonce(visitor().token, purpose, now=context.now())
    options = passkeys.asked(approvals.challenge(decision, nonce), terms.known().site, mine)
    return Asked(terms.people, signed, nonce.hex(), options)


def click(context: DeskContext, number: str, typed: Mapping[str, str]) -> Click | None:
    """Return what the form of an approval brought, None where nothing was signed. Raises AccountError `passkey_late`."""
    return clicked(context, _purpose(number), typed.get("answer", ""))


def clicked(context: DeskContext, purpose: str, answer: str) -> Click | None:
    """Return what a form brought that was made for `purpose`, None where nothing was signed. Raises AccountError `passkey_late`."""
    if not answer:
        return None
    nonce = ceremonies.take(visitor().token, purpose, request.form.get("nonce", "")[:128], now=context.now())
    return Click(nonce, answer)


def purpose_of(request_: int) -> str:
    """Return what a page of a request makes its nonce for."""
    return f"request {request_}"


def _purpose(number: str) -> str:
    return f"{signing.APPROVE} {number}"
