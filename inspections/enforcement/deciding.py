"""What supervisors decide: a report is approved, with number and amount, or dismissed; a notice is cancelled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from accounts.roles import Account
from inspections.errors import InspectionError
from seal import days, notices
from storage.locks import lock_name

from . import finding, occurrence, records, steps, texts
from .records import Violation
from .tables import violations


def approve(connection: Connection, violation: Violation, account: Account, *, now: int) -> str:
    """Approve a report and return its notice's number. Raises InspectionError as `steps.check`, `violation_changed`, `notice_numbers`."""
    steps.check(violation, "approve", account)
    if violation.license is not None:
        lock_name(connection, f"violations of {violation.license}")  # two at once must not both be the first
    times = occurrence.of(connection, violation)
    amount = violation.terms.amounts[times - 1]
    year, serial, number = _numbered(connection, violation.authority, now)
    made = {"number": number, "occurrence": times, "piastres": amount}
    facts: dict[str, Any] = made | {"history_known": violation.license is not None, "version": violation.terms.version}
    values: dict[str, Any] = made | {"year": year, "serial": serial, "approved_at": now, "approved_by_id": account.id}
    steps.move(connection, violation, "approved", records.actor(account, violation.authority), now=now, facts=facts, **values)
    finding.put(connection, violation)
    return number


def dismiss(connection: Connection, violation: Violation, account: Account, *, reason: str, now: int) -> None:
    """Dismiss a report. Raises InspectionError as `steps.check`, `violation_changed`, `violation_reason`."""
    steps.check(violation, "dismiss", account)
    why = texts.lines(reason, "violation_reason", most=texts.REASON_MAX)
    steps.move(connection, violation, "dismissed", records.actor(account, violation.authority), now=now, reason=why, facts={})


def cancel(connection: Connection, violation: Violation, account: Account, *, reason: str, now: int) -> None:
    """Cancel a notice, also as the answer to an objection. Raises as `dismiss`."""
    steps.check(violation, "cancel", account)
    why = texts.lines(reason, "violation_reason", most=texts.REASON_MAX)
    steps.move(connection, violation, "cancelled", records.actor(account, violation.authority), now=now, reason=why, facts={})


def _numbered(connection: Connection, authority: str, now: int) -> tuple[int, int, str]:
    """Return year, serial and number of an authority's next notice, alone until the transaction ends."""
    lock_name(connection, f"notices of {authority}")
    year, table = days.day_of(now).year, violations.c
    last = connection.scalar(select(func.max(table.serial)).where(table.authority == authority, table.year == year))
    try:
        return year, (last or 0) + 1, notices.number(authority, year, (last or 0) + 1)
    except ValueError as error:
        raise InspectionError("notice_numbers") from error
