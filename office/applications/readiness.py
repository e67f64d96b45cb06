"""Whether decisions can be signed here, and what is missing: for whoever sets it up, and for programs that watch an installation."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from accounts import directory, keyring, vouching
from accounts.roles import Account, Role
from acts import approvals
from acts.approvals import Terms
from acts.roster import FEWEST
from seal.trust import Pinned, TrustList

_DECIDING: tuple[Role, ...] = ("reviewer", "manager")


class Readiness(NamedTuple):
    """How decisions stand. `people` 0: the mode is `session`; `faults` are codes with a sentence each (acts/data/sentences.json)."""

    people: int
    administrators: tuple[str, ...]  # with a passkey that is confirmed
    vouched: tuple[str, ...]  # who may sign decisions
    unvouched: tuple[str, ...]  # who decides by session, and could not sign
    faults: tuple[str, ...]


def at(connection: Connection, trust: TrustList, roster: Path, root: Pinned) -> Readiness:
    """Return how decisions stand under a trust list and the roster in a file, by the newest root.

    The roster is looked at also under the mode `session`: whoever sets signing up sees who could sign before it is asked for.
    """
    terms = approvals.terms(max(1, trust.approvers), roster, root=root, prefix=trust.governorate.prefix)
    return of(connection, trust.approvers, terms)


def of(connection: Connection, people: int, terms: Terms | None) -> Readiness:
    """Return how decisions stand under the trust list's `people` and what `acts.approvals.terms` says of the roster."""
    accounts = [each for each in directory.everyone(connection) if not each.closed and each.confirmed]
    keyed = {each.account for each in keyring.everyones(connection) if each.counts}
    administrators = tuple(each.name for each in accounts if each.has("administrator") and each.name in keyed)
    deciding = [each for each in accounts if each.has(*_DECIDING)]
    vouched = _vouched(connection, terms, deciding)
    unvouched = tuple(each.name for each in deciding if each.name not in vouched)
    faults = []
    if len(administrators) < FEWEST:
        faults.append("approvals_one_administrator")
    if people and terms is not None and terms.roster is None:
        faults.append(terms.fault)
    elif people and len(vouched) < people:
        faults.append("approvals_few_people")
    return Readiness(people, administrators, vouched, unvouched, tuple(faults))


def _vouched(connection: Connection, terms: Terms | None, deciding: list[Account]) -> tuple[str, ...]:
    """Return who of those who decide has a passkey and a role that administrators signed for, in one authority at least."""
    if terms is None or terms.roster is None:
        return ()
    standing = vouching.standing(connection, terms.roster)
    held = [each for each in keyring.everyones(connection) if each.counts]
    return tuple(
        each.name
        for each in deciding
        for where in [each.where(*_DECIDING)]
        if any(
            standing.knows(key.passkey, authority) and any(standing.has(each.name, role, authority) for role in _DECIDING)
            for key in held
            if key.account == each.name
            for authority in where
        )
    )
