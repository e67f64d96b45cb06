"""Judgements as their table keeps them. One is of one file: what takes a returned file's place is not judged yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from sqlalchemy import Connection, and_, bindparam, select

from office.applications.context import UnitOfWork
from office.applications.tables import attachments
from storage.asked import VALUE

from .tables import judgements

Verdict = Literal["accepted", "returned"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody said of a file. `ground` is a code of the services' file or ""; `words` are their own; `by` is `kind:id`."""

    id: int
    attachment_id: int
    digest: bytes
    verdict: Verdict
    ground: str
    words: str
    at: int
    by: str
    by_name: str


# Built once, as in storage/asked.py.
_STANDING = (
    select(*(judgements.c[each.name] for each in fields(Judgement)))
    .join(attachments, and_(attachments.c.id == judgements.c.attachment_id, attachments.c.digest == judgements.c.digest))
    .where(judgements.c.application_id == bindparam(VALUE), attachments.c.removed_at.is_(None))
    .order_by(judgements.c.id)
)


def newest(connection: Connection, application_id: int) -> Mapping[int, Judgement]:
    """Return what was said last of each document that stands, by its attachment's id. The caller has checked who asks."""
    rows = connection.execute(_STANDING, {VALUE: application_id})
    return {each.attachment_id: each for each in (Judgement(*row) for row in rows)}


def add(unit: UnitOfWork, application_id: int, attachment_id: int, digest: bytes, verdict: Verdict, *, ground: str, words: str) -> None:
    """Keep what somebody said of a file."""
    said = {"verdict": verdict, "ground": ground, "words": words}
    who = {"at": unit.now, "by": unit.actor.key, "by_name": unit.actor.name[:120]}
    of_what = {"application_id": application_id, "attachment_id": attachment_id, "digest": digest}
    unit.connection.execute(judgements.insert().values(of_what | said | who))
