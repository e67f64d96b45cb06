"""Suspending, revoking, reinstating and correcting a license: who may, with how many hands, and what was asked for already."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Connection

from accounts.roles import Account, Role
from governorate import changes as rules
from governorate.licensed import Name
from issuer import approving
from issuer.approving import Asked
from issuer.errors import IssuerError
from issuer.register import history, requests
from issuer.register.history import Record
from issuer.register.requests import Kind, Request
from storage.locks import lock_writers

Change = Literal["suspend", "revoke", "reinstate", "replace"]
CHANGES: tuple[Change, ...] = get_args(Change)
#: What the register calls what comes of them.
EVENTS: Mapping[Change, str] = MappingProxyType({"suspend": "suspended", "revoke": "revoked", "reinstate": "reinstated"})
KINDS: tuple[Kind, ...] = ("replace", "reinstate", "revoke")
#: Who asks for what another one approves, and who changes by themselves what one person may.
ASK: tuple[Role, ...] = ("clerk", "reviewer", "manager")
ALONE: tuple[Role, ...] = ("reviewer", "manager")
WORDS_MAX = 400
_STANDINGS: Mapping[str, tuple[Change, ...]] = MappingProxyType(
    {"valid": ("suspend", "revoke", "replace"), "suspended": ("reinstate", "revoke", "replace")}
)
_SEPARATOR = ": "


class Wish(NamedTuple):
    """What somebody wants done with a license. `corrections` are fields of License, of a replacement."""

    change: Change
    reason: str
    corrections: Mapping[str, Any] = MappingProxyType({})


def change_of(text: str) -> Change | None:
    """Return the change that an address names."""
    return next((each for each in CHANGES if each == text), None)


def two_hands(change: Change) -> bool:
    """Say whether one person asks and another approves, here."""
    return change in rules.default().two_hands


def offered(record: Record, account: Account) -> tuple[Change, ...]:
    """Return what this person may do, or ask for, with a license as it stands."""
    authority = record.claims.license.authority

    def may(change: Change) -> bool:
        return any(account.may(role, authority) for role in (ASK if two_hands(change) else ALONE))

    return tuple(each for each in _STANDINGS.get(record.status, ()) if may(each))


def reasons(change: str) -> Mapping[str, Name]:
    """Return the reasons for a change by code."""
    return rules.default().reasons.get(change, {})


def reason(change: Change, code: str, words: str) -> str:
    """Return what the register keeps of why. Raises IssuerError `reason_unknown`, `reason_words_missing` (the reason is "other")."""
    words = " ".join(words.split())
    if code not in reasons(change):
        raise IssuerError("reason_unknown")
    if code == "other" and not words:
        raise IssuerError("reason_words_missing")
    if len(words) > WORDS_MAX:
        raise IssuerError("field_too_long")
    return f"{code}{_SEPARATOR}{words}" if words else code


def told(kind: str, kept: str) -> tuple[Name | None, str]:
    """Return the reason's name, if what was kept of a change of this kind begins with its code, and the words of whoever changed it."""
    change = next((each for each, event in (*EVENTS.items(), ("replace", "replaced")) if event == kind), kind)
    code, _, words = kept.partition(_SEPARATOR)
    name = reasons(change).get(code)
    return (name, words) if name else (None, kept)


def asked(record: Record, wish: Wish) -> Asked:
    """Return what would be asked of an approver: bound to the license as it is now."""
    match wish.change:
        case "replace":
            return approving.of_correction(record, wish.corrections, wish.reason)
        case "reinstate":
            return approving.of_reinstating(record, wish.reason)
        case _:
            return approving.of_revoking(record, wish.reason)


def refuse(record: Record, wish: Wish, account: Account) -> None:
    """Return if this person may do or ask for it, as things stand. Raises IssuerError `transition_refused`, `change_not_yours`."""
    if wish.change not in _STANDINGS.get(record.status, ()):
        raise IssuerError("transition_refused", f"{record.status} -> {EVENTS.get(wish.change, 'replaced')}")
    if wish.change not in offered(record, account):
        raise IssuerError("change_not_yours")


def do(connection: Connection, number: str, wish: Wish, *, by: Account, now: int) -> Request | None:
    """Change a license at once, or ask for an approval and return the request; in the caller's transaction.

    Raises IssuerError as `refuse` does, and those of the register.
    """
    lock_writers(connection)
    record = history.record(connection, number)
    refuse(record, wish, by)
    if two_hands(wish.change):
        if wish.change in EVENTS:
            history.refuse_change(record.status, EVENTS[wish.change], wish.reason)
        return approving.prepare(connection, asked(record, wish), by=f"{requests.DESK}{by.name}", now=now)
    history.change_within(connection, record.number, EVENTS[wish.change], reason=wish.reason, now=now)
    return None


def pending(connection: Connection, number: str) -> list[Request]:
    """Return what was asked for about a license, the newest first."""
    return requests.about(connection, number, kinds=KINDS)
