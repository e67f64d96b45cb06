"""Approvals that are signed, on the page of an application: what a passkey is asked to sign, and what the form brings back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask import request
from sqlalchemy import Connection

from accounts import ceremonies, keyring
from accounts.web import passkeys
from acts import approvals
from acts.errors import ApprovalError
from issuer.errors import IssuerError
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
    people = office.approvals.people
    try:
        held = records.find(connection, application.number, actor=visitor().actor)
        signed = tuple(each.account for each in signing.given_to(connection, held.id, held.version))
        if account.name in signed:
            return Asked(people, signed, fault="approval_given")
        decision = signing.decision(connection, office, held, version=held.version, now=context.now())
    except (ApprovalError, IssuerError) as error:
        return Asked(people, (), fault=error.code)
    mine = [each for each in keyring.of_account(connection, account.id) if each.counts]
    if not mine:
        return Asked(people, signed, fault="approval_no_passkey")
    nonce = ceremonies.nonce(visitor().token, _purpose(application.number), now=context.now())
    options = passkeys.asked(approvals.challenge(decision, nonce), office.approvals.known().site, mine)
    return Asked(people, signed, nonce.hex(), options)


def click(context: DeskContext, number: str, typed: Mapping[str, str]) -> Click | None:
    """Return what the form of an approval brought, None where nothing was signed. Raises AccountError `passkey_late`."""
    if not typed.get("answer"):
        return None
    nonce = ceremonies.take(visitor().token, _purpose(number), request.form.get("nonce", "")[:128], now=context.now())
    return Click(nonce, typed["answer"])


def _purpose(number: str) -> str:
    return f"{signing.APPROVE} {number}"
