"""What a form would cost and how long it would run, told before it is sent: reckoned as it is when it is submitted, and kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from office.payments.billed import BilledLine
from office.services import facts
from office.services.deadlines import Deadline
from office.services.errors import FeeError
from office.services.service import Effect
from office.services.state_machine import State

from . import owing, records, submitting
from .application import Application
from .casework import Prepared
from .context import UnitOfWork


class Quote(NamedTuple):
    """What a form comes to today. `first_day` to `last_day` (both count, None is open-ended) is the term that it asks for, `changes`
    whether it asks for one at all; `decided` how long the office may take to decide.

    `by_form`: the register is elsewhere, so it is reckoned by what was typed alone. Then it begins when the earlier license ends
    (`first_day` is None), no fine is in it, and `known` may say that the fee cannot be told.
    """

    lines: tuple[BilledLine, ...]
    first_day: date | None
    last_day: date | None
    changes: bool
    decided: Deadline | None
    by_form: bool = False
    known: bool = True

    @property
    def piastres(self) -> int:
        """What is to be paid."""
        return sum(line.piastres for line in self.lines)

    @property
    def sample(self) -> bool:
        """Whether an amount of it is made up."""
        return any(line.sample for line in self.lines)


def of(unit: UnitOfWork, name: str) -> Quote | None:
    """Return what a draft would come to if it were submitted now; None as long as nobody can say, or once it has been submitted.

    Raises ApplicationError `application_unknown`.
    """
    application = records.find(unit.connection, name, actor=unit.actor)
    if application.state != State.DRAFT:
        return None
    prepared = submitting.prepare(unit, application)
    license_ = prepared.judged.license
    if license_ is None:
        return _by_form(unit, application, prepared) if unit.office.away and not prepared.judged.faults else None
    changed = submitting.facts_of(prepared) | {"service": prepared.service.code, "fields": prepared.typed}
    try:
        lines = owing.reckoned(unit.connection, unit.office, replace(application, **changed, submitted_at=unit.now))
    except FeeError:
        return None
    changes = prepared.service.effect in (Effect.ISSUE, Effect.RENEW)
    decided = prepared.service.deadlines.get(State.UNDER_REVIEW)
    return Quote(lines, license_.first_day, license_.last_day, changes, decided)


def _by_form(unit: UnitOfWork, application: Application, prepared: Prepared) -> Quote:
    """Return what can be told of a form about an earlier license where no register is: its fee by what was typed, if that is enough."""
    service, values = prepared.service, prepared.judged.values
    until = values.get("valid_until")
    changes = service.effect in (Effect.ISSUE, Effect.RENEW)
    told = facts.of(service, values, channel=application.channel, first_day=None, last_day=None)
    try:
        lines = () if service.difference_of else owing.by_facts(unit.office, service, told, prepared.submitted)
        known = not service.difference_of  # what was there before, the difference is to
    except FeeError:
        lines, known = (), False
    last_day = date.fromisoformat(str(until)) if changes and until else None
    return Quote(lines, None, last_day, changes, service.deadlines.get(State.UNDER_REVIEW), by_form=True, known=known)
