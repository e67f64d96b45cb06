"""Requests that people signed with passkeys: what exactly they agree to, who did so far, and whether that holds when it is carried out.

In the mode `passkey` of the trust list a request is approved once so many different people as it says signed its digest, one of them
somebody else than who asked. The worker checks the signatures before it carries anything out, the publisher before it lets a seal out.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from accounts import keyring, vouching
from accounts.roles import EVERYWHERE, Account
from acts import approvals, passkeys
from acts.approvals import Approval, Deciding, Decision, Terms
from acts.errors import ApprovalError
from acts.passkeys import Assertion
from issuer.register import requests
from issuer.register.requests import Request
from seal import cbor
from seal.errors import SealError

from .approvals import roles_for

_OCTETS_MOST = 64 * 1024  # of all signatures under one request
_SIGNATURES_MOST = 16


def decision(request: Request, terms: Terms) -> Decision:
    """Return what whoever approves a request agrees to: this request, and by its digest everything that it would do.

    Raises ApprovalError `roster_missing`.
    """
    deployment = terms.known().deployment
    return Decision(deployment, f"request {request.kind}", f"request {request.id}", 0, request.subject, request.digest, b"")


def given(request: Request) -> tuple[Approval, ...]:
    """Return the signatures under a request, oldest first. Raises ApprovalError `approval_differs` for what is none."""
    if request.assertion is None:
        return ()
    try:
        if len(request.assertion) > _OCTETS_MOST:
            raise ApprovalError("approval_differs")
        held = cbor.loads(request.assertion)
        if not isinstance(held, list) or len(held) > _SIGNATURES_MOST:
            raise ApprovalError("approval_differs")
        return tuple(_approval(each) for each in held)
    except (SealError, ValueError, TypeError) as error:
        raise ApprovalError("approval_differs") from error


def sign(connection: Connection, request: Request, by: Account, nonce: bytes, answer: str, *, terms: Terms, now: int) -> str:
    """Keep somebody's signature under a request that waits; return in whose name it is approved now, "" while more have to sign.

    Raises ApprovalError `approval_given` for a second one of the same person, and what `check` raises.
    """
    so_far = given(request)
    if any(each.account == by.name for each in so_far):
        raise ApprovalError("approval_given")
    asked = decision(request, terms)
    assertion = passkeys.parse(answer)
    wanted = approvals.challenge(asked, nonce)
    if passkeys.challenge_in(assertion.client_data) != wanted:
        raise ApprovalError("approval_differs")
    keyring.counted(connection, by, assertion, challenge=wanted, site=terms.known().site)
    made = Approval(by.name, nonce, assertion, now)
    for each in _deciding(connection, request, terms):
        approvals.check_one(asked, made, by=each)
    all_ = (*so_far, made)
    requests.keep(connection, request.id, cbor.encode([_parts(each) for each in all_]))
    others = [each.account for each in all_ if not requests.same_person(request.prepared_by, each.account)]
    return others[-1] if others and len(all_) >= terms.people else ""


def fault(connection: Connection, request: Request, terms: Terms) -> str:
    """Return why a request counts as not approved by the signatures under it, "" if it is: by `terms`, and by who counts now."""
    try:
        check(connection, request, terms)
    except ApprovalError as error:
        return error.code
    return ""


def check(connection: Connection, request: Request, terms: Terms) -> None:
    """Return if enough people signed a request, who may decide on all of it. Raises ApprovalError."""
    so_far, asked = given(request), decision(request, terms)
    for each in so_far:
        keyring.refuse_withdrawn(connection, each.account, each.assertion.credential, signed_at=each.at)
    for by in _deciding(connection, request, terms):
        approvals.check(asked, so_far, by=by, people=terms.people)
    if all(requests.same_person(request.prepared_by, each.account) for each in so_far):
        raise ApprovalError("approval_missing")


def _deciding(connection: Connection, request: Request, terms: Terms) -> Sequence[Deciding]:
    """Return who may decide, for each authority that a request is about."""
    standing = vouching.standing(connection, terms.known())
    roles = frozenset(map(str, roles_for(request)))
    return [Deciding(standing, authority, roles) for authority in request.authorities or (EVERYWHERE,)]


def _parts(approval: Approval) -> list[object]:
    return [approval.account, approval.nonce, *approval.assertion, approval.at]


def _approval(parts: object) -> Approval:
    if not isinstance(parts, list) or len(parts) != 3 + len(Assertion._fields):
        raise ApprovalError("approval_differs")
    account, nonce, *signed, at = parts
    octets = [each for each in (nonce, *signed) if isinstance(each, bytes)]
    if not isinstance(account, str) or type(at) is not int or len(octets) != 1 + len(Assertion._fields):
        raise ApprovalError("approval_differs")
    return Approval(account, octets[0], Assertion(*octets[1:]), at)
