"""When the timers of deploy/systemd go off: read from their files, so that a new timer is in the week without anybody thinking of it.

Enough of systemd.time(7) for what stands there; what it does not know, it refuses. A test holds it against `systemd-analyze calendar`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.deploy import units

_DAILY = re.compile(r"\*-\*-\* (\d\d):(\d\d):(\d\d)(?: ([A-Za-z/_]+))?")


class Timer(NamedTuple):
    """What is started (a service's name), and when."""

    service: str
    calendar: str

    def after(self, now: int) -> int:
        """The first moment after `now` (seconds since 1970 UTC)."""
        if self.calendar == "hourly":
            return now - now % 3600 + 3600
        found = _DAILY.fullmatch(self.calendar)
        if found is None:
            raise ValueError(f"{self.service}: OnCalendar={self.calendar} is not known here")
        zone = ZoneInfo(found[4] or "UTC")
        hour, minute, second = map(int, found.groups()[:3])
        day = datetime.fromtimestamp(now, UTC).astimezone(zone)
        for later in range(3):
            on = (day + timedelta(days=later)).date()
            at = int(datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=zone).timestamp())
            if at > now:
                return at
        raise AssertionError(self)


def timers(folder: Path = units.FOLDER) -> Iterator[Timer]:
    """Every timer, each with each of its times."""
    for path in sorted(folder.glob("*.timer")):
        text = path.read_text("utf-8")
        service = re.search(r"^Unit=(\S+)\.service$", text, re.MULTILINE)
        calendars = re.findall(r"^OnCalendar=(.+)$", text, re.MULTILINE)
        if not calendars or re.search(r"^On(?!Calendar=)\w+=", text, re.MULTILINE):
            raise ValueError(f"{path.name}: only OnCalendar= is known here")
        for calendar in calendars:
            yield Timer(service[1] if service else path.stem, calendar.strip())
