"""How decisions are made: by whoever is signed in, or signed with passkeys, and then whether enough people can sign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

import published
from keys.custody import ROSTER
from office.applications import readiness
from seal.errors import ListError

from .findings import Finding, Level, Value


def look(folder: Path, root: Path, keys: Path) -> Callable[[Connection], Finding | None]:
    """Return what to ask the database; without a trust list, of which another look tells, it finds nothing."""

    def ask(connection: Connection) -> Finding | None:
        try:
            pinned = published.newest_root(folder, root)
            trust = published.trust_list(folder, root=pinned)
        except ListError:
            return None
        return _told(readiness.at(connection, trust, keys / ROSTER, pinned))

    return ask


def _told(found: readiness.Readiness) -> Finding:
    values = (Value("approvers_needed", found.people), Value("approvers_able", len(found.vouched)))
    if found.people and found.faults:
        return Finding("approvals", Level.NOW, found.faults[-1], values=values)
    if found.people:
        return Finding("approvals", Level.FINE, "approvals_fine", f"{len(found.vouched)} / {found.people}", values)
    code = found.faults[0] if found.faults else "approvals_session"
    return Finding("approvals", Level.FINE, code, values=values)
