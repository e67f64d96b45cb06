"""What becomes of a sealed notice: served, objected to and decided, paid. Days are Cairo's, deadlines working days (docs/adr/0040)."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Connection

from accounts.roles import Account
from governorate.calendar import Calendar
from inspections.errors import InspectionError
from seal import days
from seal.license import TEXT_LIMITS

from . import records, steps, texts
from .records import CITIZEN, State, Violation

How = Literal["by_hand", "on_door", "refused"]
HOWS: tuple[How, ...] = get_args(How)
OBJECTION_MIN = 10
CLOSED: tuple[State, ...] = ("paid", "cancelled")  # nothing may be said against it any more
_CLOCKS_SECONDS = 300  # by which the clocks of office and inspections may differ


class Service(NamedTuple):
    """How a notice was served: the day, how, and to whom; `who` may be empty only for one that was put on the door."""

    day: date
    how: str
    who: str = ""


def serve(connection: Connection, violation: Violation, account: Account, served: Service, calendar: Calendar, *, now: int) -> None:
    """Keep that a notice was served, and until when one may object and pay.

    Raises InspectionError as `steps.check`, `violation_changed`, `served_day` (before it was sealed, or not yet), `served_how`,
    `served_who`.
    """
    steps.check(violation, "serve", account)
    if violation.sealed_at is None or not days.day_of(violation.sealed_at) <= served.day <= days.day_of(now):
        raise InspectionError("served_day")
    if served.how not in HOWS:
        raise InspectionError("served_how")
    who = texts.line(served.who, "served_who", most=TEXT_LIMITS["holder"], least=0 if served.how == "on_door" else 1)
    terms = violation.terms
    until = {
        "objection_until": calendar.after(served.day, terms.objection_days).isoformat(),
        "pay_until": calendar.after(served.day, terms.payment_days).isoformat(),
    }
    values: dict[str, Any] = until | {"served_on": served.day.isoformat()}
    facts = values | {"how": served.how, "who": who}
    steps.move(connection, violation, "served", records.actor(account, violation.authority), now=now, facts=facts, **values)


def object_(connection: Connection, violation: Violation, objection_id: str, text: str, *, at: int, now: int) -> bool:
    """Keep a citizen's objection, made `at`; return whether it is new. The same id again changes nothing.

    One that was made before the notice's end, and was still on its way then, counts: a notice that was paid meanwhile is decided all the
    same, and one that was cancelled stays cancelled, as was asked.

    Raises InspectionError `objection_made`, `notice_closed`, `notice_not_served`, `objection_late`, `objection_text`,
    `time_in_future`, `violation_changed`.
    """
    if violation.objection_id is not None:
        if violation.objection_id == objection_id:
            return False
        raise InspectionError("objection_made")
    if at > now + _CLOCKS_SECONDS:
        raise InspectionError("time_in_future")
    if violation.state in CLOSED:
        _on_its_way(connection, violation, at)
    elif violation.state != "served" or violation.served_on is None or violation.objection_until is None:
        raise InspectionError("notice_not_served")
    if violation.objection_until is not None and days.day_of(at) > violation.objection_until:
        raise InspectionError("objection_late")
    said = texts.lines(text, "objection_text", most=texts.OBJECTION_MAX, least=OBJECTION_MIN)
    state: State = "cancelled" if violation.state == "cancelled" else "objected"
    facts = {"id": objection_id, "made_at": at}
    steps.move(connection, violation, state, CITIZEN, now=now, reason=said, facts=facts, noted="objected", objection_id=objection_id)
    return True


def _on_its_way(connection: Connection, violation: Violation, at: int) -> None:
    """Return if what was said `at` was on its way when the notice came to its end. Raises InspectionError `notice_closed`."""
    ended = records.last(connection, violation.id, violation.state)
    if ended is None or at > ended + _CLOCKS_SECONDS:
        raise InspectionError("notice_closed")


def uphold(connection: Connection, violation: Violation, account: Account, calendar: Calendar, *, reason: str, now: int) -> None:
    """Uphold a notice against its objection: the days to pay begin again, but for what is paid already. Raises as `deciding.dismiss`."""
    steps.check(violation, "uphold", account)
    why = texts.lines(reason, "violation_reason", most=texts.REASON_MAX)
    until = calendar.after(days.day_of(now), violation.terms.payment_days)
    by = records.actor(account, violation.authority)
    if violation.paid_on is not None:
        steps.move(connection, violation, "paid", by, now=now, reason=why, facts={}, noted="upheld")
        return
    values: dict[str, Any] = {"pay_until": max(until, violation.pay_until or until).isoformat()}
    steps.move(connection, violation, "upheld", by, now=now, reason=why, facts=values, **values)


def pay(connection: Connection, violation: Violation, account: Account, *, day: date, receipt: str, now: int) -> None:
    """Keep that a notice was paid.

    Raises InspectionError as `steps.check`, `violation_changed`, `paid_day` (before it was served, or not yet), `paid_receipt`.
    """
    steps.check(violation, "pay", account)
    if violation.served_on is None or not violation.served_on <= day <= days.day_of(now):
        raise InspectionError("paid_day")
    values: dict[str, Any] = {"paid_on": day.isoformat(), "receipt": texts.line(receipt, "paid_receipt", most=texts.RECEIPT_MAX)}
    facts = values | {"piastres": violation.piastres}
    steps.move(connection, violation, "paid", records.actor(account, violation.authority), now=now, facts=facts, **values)
