"""What an applicant may change of an application that came back: the form, or the returned documents and nothing else.

How far it was opened stands in the step that returned it. A document that was accepted is locked either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, select

from office.applications.application import Application
from office.applications.tables import application_events, attachments
from office.services.state_machine import State

from . import judgements
from .judgements import Judgement

#: How far an application is given back: whole, or for the sake of its returned documents alone.
Scope = Literal["form", "documents"]
RETURN = "return"


class Opened(NamedTuple):
    """`form`: fields may be typed, documents attached and removed. `replaceable` and `locked` are ids of attachments, `codes` theirs.

    `owed` are the returned ones that nobody has replaced yet: with one of them nothing is sent again.
    """

    form: bool
    replaceable: frozenset[int] = frozenset()
    locked: frozenset[int] = frozenset()
    locked_codes: frozenset[str] = frozenset()
    owed: Mapping[int, str] = {}


def detail(connection: Connection, application_id: int, scope: Scope) -> dict[str, Any]:
    """Return what the step that gives an application back notes: how far, which documents, and which attachment was the newest."""
    found = judgements.newest(connection, application_id)
    standing = _standing(connection, application_id)
    returned = {id_: code for id_, code in standing.items() if id_ in found and found[id_].verdict == "returned"}
    return {"scope": scope, "documents": sorted(returned), "codes": sorted(set(returned.values())), "newest": max(standing, default=0)}


def opened(connection: Connection, application: Application) -> Opened:
    """Return what may be changed of a draft, or of an application that was returned. The caller has checked who asks."""
    if application.state == State.DRAFT:
        return Opened(form=True)
    if application.state != State.RETURNED:
        return Opened(form=False)
    found, standing = judgements.newest(connection, application.id), _standing(connection, application.id)
    noted = _noted(connection, application.id)
    owed = {id_: code for id_, code in standing.items() if _is(found.get(id_), "returned")}
    # What was chosen by mistake in place of a returned document may be chosen again, until it is sent.
    since = {id_ for id_, code in standing.items() if id_ not in found and code in noted.get("codes", ()) and id_ > noted["newest"]}
    locked = {id_ for id_ in standing if _is(found.get(id_), "accepted")}
    return Opened(
        form=noted.get("scope", "form") == "form",
        replaceable=frozenset(owed) | since,
        locked=frozenset(locked),
        locked_codes=frozenset(standing[id_] for id_ in locked),
        owed=owed,
    )


def _is(judgement: Judgement | None, verdict: str) -> bool:
    return judgement is not None and judgement.verdict == verdict


def _standing(connection: Connection, application_id: int) -> dict[int, str]:
    """Return the codes of the form's documents that were not put aside, by id."""
    table = attachments.c
    query = select(table.id, table.code).where(table.application_id == application_id, table.removed_at.is_(None))
    return {row.id: row.code for row in connection.execute(query.where(table.objection_id.is_(None)))}


def _noted(connection: Connection, application_id: int) -> Mapping[str, Any]:
    """Return what the last step back noted; one from before documents were judged noted nothing, and opened the form."""
    table = application_events.c
    query = select(table.detail).where(table.application_id == application_id, table.action == RETURN)
    return connection.scalar(query.order_by(table.id.desc()).limit(1)) or {}
