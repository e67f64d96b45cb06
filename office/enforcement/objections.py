"""What a citizen says against a notice: taken in here at once, even while inspections is away, and handed over with the moment it came."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, and_, or_, select, update

from office import mobiles
from office.messages import notices
from seal import days
from seal.license import check_character
from seal.notices import Notice
from storage.database import reading
from storage.once import insert_once

from . import delivering, texts
from .errors import EnforcementError, RefusedError
from .records import Standing
from .service import Service
from .tables import objections

TEXT_MIN, TEXT_MAX = 10, 4_000
#: Refusals that say no to this objection for ever. Whatever else is said passes: it is served, clocks agree, newer inspections come back.
_FINAL = frozenset({"objection_late", "objection_made", "objection_text", "notice_closed"})
_OBJECTED = ("objected", "upheld")
_CLOSED = ("paid", "cancelled")
_REFUSED = "refused"  # in the place of a notice's state
_DECIDED = ("upheld", "cancelled", "paid")


class Objection(NamedTuple):
    """What somebody wrote, and their mobile (E.164), "" for none."""

    text: str
    mobile: str


class Kept(NamedTuple):
    """An objection as it is kept. `error` is why inspections does not have it yet, or, with `final`, why it refused it."""

    reference: str
    received_at: int
    delivered_at: int | None
    error: str | None
    final: bool


def parse(text: str, mobile: str) -> Objection:
    """Return what was typed. Raises EnforcementError `objection_text`; IssuerError `mobile_invalid`."""
    kept = texts.lines(text)
    if not TEXT_MIN <= len(kept) <= TEXT_MAX or not texts.plain(kept):
        raise EnforcementError("objection_text", f"{TEXT_MIN}–{TEXT_MAX}")
    return Objection(kept, mobiles.parse(mobile) if mobile.strip() else "")


def allowed(standing: Standing, *, now: int) -> None:
    """Return if one may object to a notice at `now` (seconds since 1970 UTC).

    Raises EnforcementError `objection_made`, `notice_closed`, `notice_not_served`, `objection_late`.
    """
    if standing.state in _OBJECTED:
        raise EnforcementError("objection_made")
    if standing.state in _CLOSED:
        raise EnforcementError("notice_closed")
    if standing.state != "served" or standing.objection_until is None:
        raise EnforcementError("notice_not_served")
    if days.day_of(now) > standing.objection_until:
        raise EnforcementError("objection_late")


def keep(connection: Connection, notice: Notice, said: Objection, *, now: int) -> str:
    """Keep an objection to a notice that was verified, and return the number by which the citizen knows it.

    Raises EnforcementError `objection_made` if there is one already.
    """
    reference = _reference(notice.number)
    row = {"id": str(uuid4()), "reference": reference, "number": notice.number, "authority": notice.authority, **said._asdict()}
    if not insert_once(connection, objections, {**row, "received_at": now, "due": now, "attempts": 0}):
        raise EnforcementError("objection_made")
    return reference


def of(connection: Connection, number: str) -> Kept | None:
    """Return the objection to a notice, None if there is none."""
    row = connection.execute(select(objections).where(objections.c.number == number)).first()
    return Kept(row.reference, row.received_at, row.delivered_at, row.error, _final(row)) if row else None


def hand_over(engine: Engine, service: Service, *, now: int, chance: Random) -> Counter[str]:
    """Hand over the objections that inspections does not have yet. Return what happened how often. Raises UnreachableError.

    One to a notice that nobody served yet is no objection too late: it waits for the serving.
    """
    kept = objections.c
    given = {"number": kept.number, "id": kept.id, "text": kept.text, "at": kept.received_at}
    return delivering.run(engine, objections, given, service.object_, final=_FINAL, now=now, chance=chance)


def tell(engine: Engine, service: Service, *, now: int) -> Counter[str]:
    """Ask hourly whether what was objected to is decided, tell whoever left a mobile, and forget it. Raises UnreachableError.

    What was refused for good, such as one too late, is told without asking. What was handed over and is not there any more (an older copy
    of inspections was brought back) is handed over again.
    """
    table, told = objections.c, Counter[str]()
    to_ask = or_(table.asked_at.is_(None), table.asked_at <= now - delivering.AGAIN_SECONDS, table.asked_at > now)
    there = and_(table.delivered_at.is_not(None), to_ask)
    refused = and_(table.delivered_at.is_(None), table.due.is_(None))
    waits = select(objections).where(table.outcome.is_(None), or_(there, refused))
    with reading(engine) as connection:
        rows = connection.execute(waits.order_by(table.received_at, table.id).limit(delivering.BATCH)).all()
    for row in rows:
        standing = None if _final(row) else _standing(service, row.number)
        with engine.begin() as connection:
            if standing is not None and standing.without_objection:
                told["again"] += delivering.again(connection, objections, row.id, delivered_at=row.delivered_at, now=now)
            else:
                told["told"] += _note(connection, row, _outcome(row, standing), now)
    return +told


def _standing(service: Service, number: str) -> Standing | None:
    try:
        return service.notice(number)
    except RefusedError:  # an older copy of inspections does not know it yet
        return None


def _outcome(row: Row[Any], standing: Standing | None) -> str | None:
    if _final(row):
        return _REFUSED
    return standing.state if standing is not None and standing.state in _DECIDED else None


def _note(connection: Connection, row: Row[Any], outcome: str | None, now: int) -> bool:
    """Note what inspections said, and say whether a message goes out about it."""
    mine = update(objections).where(objections.c.id == row.id, objections.c.outcome.is_(None))
    connection.execute(mine.values(asked_at=now, outcome=outcome, mobile="" if outcome else row.mobile))
    if not outcome or not row.mobile:
        return False
    kind = "notice_objection_decided"
    return notices.enqueue(connection, kind, event=f"{row.reference}/decided", to=row.mobile, now=now, number=row.number)


def _reference(number: str) -> str:
    """Return `OBJ-…` for `VIO-…`: the same authority, year and serial, with a check character of its own."""
    body = "OBJ-" + "-".join(number.split("-")[1:-1])
    return f"{body}-{check_character(body)}"


def _final(row: Row[Any]) -> bool:
    return row.delivered_at is None and row.due is None
