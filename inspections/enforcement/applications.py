"""What the license office tells about applications that concern a license: kept to tell its whole story (docs/adr/0046). Nobody's name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Literal, NamedTuple, get_args

from sqlalchemy import Connection, and_, or_, select

from inspections.visits.asked import Scope
from storage.once import insert_or_renew

from .tables import applications

Channel = Literal["portal", "centre"]
State = Literal[
    "submitted",
    "awaiting_payment",
    "under_review",
    "returned",
    "inspection_requested",
    "approved",
    "rejected",
    "issued",
    "withdrawn",
    "objection",
]
STATES: tuple[State, ...] = get_args(State)
MOST = 100  # of one request, and of one license's story


class Place(NamedTuple):
    """How far the office has told: up to the application it calls `id` of those that came into their state at `since`."""

    since: int
    id: int


@dataclass(frozen=True, slots=True)
class Application:
    """An application as the office told it. `since` is when it came into its `state`, `decided_at` when it was first decided; seconds since
    1970 UTC. `subject` is the license that it is about, `issued` the one that it led to; `name_ar` and `name_en` say what was applied for.
    """

    number: str
    authority: str
    name_ar: str
    name_en: str
    channel: Channel
    state: State
    since: int
    submitted_at: int
    decided_at: int | None
    subject: str | None
    issued: str | None
    office_id: int

    def named(self, lang: str) -> str:
        """What was applied for, in Arabic or English."""
        return self.name_ar if lang == "ar" else self.name_en


_t = applications.c
_COLUMNS = [_t[each.name] for each in fields(Application)]


def told_to(connection: Connection) -> Place:
    """Return up to where the office has told, the beginning if it has not."""
    row = connection.execute(select(_t.since, _t.office_id).order_by(_t.since.desc(), _t.office_id.desc()).limit(1)).first()
    return Place(*row) if row else Place(0, 0)


def keep(connection: Connection, told: Iterable[Application]) -> None:
    """Keep where applications stand; of the same application what is older than what is kept changes nothing."""
    for each in told:
        older = or_(_t.since < each.since, and_(_t.since == each.since, _t.office_id == each.office_id))
        insert_or_renew(connection, applications, asdict(each), old=older)


def of_license(connection: Connection, number: str, scope: Scope) -> list[Application]:
    """Return the applications that are about a license or led to it, of these authorities; the newest first, at most `MOST`."""
    query = select(*_COLUMNS).where(or_(_t.subject == number, _t.issued == number))
    if scope is not None:
        query = query.where(_t.authority.in_(scope))
    return [Application(*row) for row in connection.execute(query.order_by(_t.submitted_at.desc(), _t.number).limit(MOST))]
