"""How the counter of a centre works, read from counter.yaml: whether money needs a drawer, the queue's classes, appointments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from . import days_off, folder, yaml_values
from .calendar import Calendar
from .errors import Faults
from .licensed import Name
from .yaml_values import YamlValue, named

_CLASS, _TIME = re.compile(r"[A-Z]").fullmatch, re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])").fullmatch
_NOTHING: Mapping[str, Name] = MappingProxyType({})


class Centre(NamedTuple):
    """When a centre takes appointments: from and until in minutes of the day, how long one takes, and how many people at once."""

    opens: int
    closes: int
    minutes: int
    each: int

    @property
    def slots(self) -> tuple[int, ...]:
        """Return the minutes of the day at which an appointment may begin; the last one ends before the centre closes."""
        return tuple(range(self.opens, self.closes - self.minutes + 1, self.minutes))


class Appointments(NamedTuple):
    """Who takes appointments, by authority; how many days ahead, and how many a citizen may have at once."""

    centres: Mapping[str, Centre] = MappingProxyType({})
    ahead_days: int = 14
    at_once: int = 2


class Counter(NamedTuple):
    """The rules of the counter. `drawers`: cash and cards are taken into a cashier's open drawer, and nowhere else.

    `classes`: what people queue for, by the letter before their number; none: there is no queue. `booked_class` is that of people with an
    appointment. `calendar` has the days on which centres are open.
    """

    drawers: bool = False
    classes: Mapping[str, Name] = _NOTHING
    booked_class: str = ""
    appointments: Appointments = Appointments()
    calendar: Calendar = Calendar(frozenset(), frozenset())

    def open_on(self, authority: str, day: date) -> Centre | None:
        """Return the hours of a centre on a day, None where it takes no appointments then."""
        return self.appointments.centres.get(authority) if self.calendar.works(day) else None


def default() -> Counter:
    """Return the counter's rules of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Counter:
    """Return the counter's rules by the file of a governorate's folder; without the file none is in force. Raises RuleError."""
    path = where / folder.COUNTER
    return read(yaml_values.read(path))._replace(calendar=days_off.of(where)) if path.exists() else Counter()


def read(written: YamlValue) -> Counter:
    """Return the rules of a file that was read. Raises RuleError, which names file and line."""
    entries, faults = written.mapping(required=("drawers",), optional=("queue", "appointments")), Faults()
    drawers, classes, booked = False, _NOTHING, ""
    appointments = Appointments()
    with faults.noted():
        drawers = entries["drawers"].one_of(("required", "optional")) == "required"
    with faults.noted():
        if "queue" in entries:
            classes, booked = _queue(entries["queue"])
    with faults.noted():
        if "appointments" in entries:
            appointments = _appointments(entries["appointments"])
            if not booked:
                entries["appointments"].refuse("rules_key_missing", "queue: whoever comes with an appointment gets a number")
    faults.settle()
    return Counter(drawers, classes, booked, appointments)


def _queue(written: YamlValue) -> tuple[Mapping[str, Name], str]:
    entries = written.mapping(required=("classes", "booked"))
    classes: dict[str, Name] = {}
    for letter, entry in entries["classes"].entries().items():
        if not _CLASS(letter):
            entry.refuse("rules_value_invalid", "a class is one capital letter")
        classes[letter] = MappingProxyType(named(entry.mapping(required=("ar", "en"))))
    booked = entries["booked"].text()
    if booked not in classes:
        entries["booked"].refuse("rules_reference_unknown", f"class {booked[:8]}")
    return MappingProxyType(classes), booked


def _appointments(written: YamlValue) -> Appointments:
    entries = written.mapping(required=("ahead_days", "at_once", "centres"))
    faults = Faults()
    centres = faults.each(entries["centres"].entries(), _centre)
    faults.settle()
    return Appointments(MappingProxyType(centres), entries["ahead_days"].number(1, 90), entries["at_once"].number(1, 10))


def _centre(_: str, written: YamlValue) -> Centre:
    entries = written.mapping(required=("from", "until", "minutes", "each"))
    opens, closes = (_minute(entries[key]) for key in ("from", "until"))
    centre = Centre(opens, closes, entries["minutes"].number(5, 240), entries["each"].number(1, 50))
    if not centre.slots:
        entries["until"].refuse("rules_value_invalid", "it closes before one appointment is over")
    return centre


def _minute(written: YamlValue) -> int:
    if not _TIME(written.text()):
        written.refuse("rules_value_invalid", "a time like 09:00 is expected")
    moment = time.fromisoformat(written.text())
    return moment.hour * 60 + moment.minute
