"""What the operator does: look each morning, read the provider's file, hold the weekly ceremony, renew the key that ends."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from seal import days
from tests.week.agenda import Agenda, Case
from tests.week.machine import UnitFailedError
from tests.week.people import Browser, TroubleError

_ENDS = 'code="key_ends"'


class Operator:
    """Whoever keeps it running. `looks`: when the doctor was read, and what it said; `reconciled`: each day's file, and how many lines."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda, self.city, self.books = agenda, agenda.city, agenda.books
        self.looks: list[tuple[int, str]] = []
        self.reconciled: list[tuple[str, int]] = []
        self._renewed = False

    def morning(self, serial: int, *, ceremony: bool) -> Case:
        """Every morning the doctor and the provider's file; once a week the ceremony, with another key for the one that ends."""
        yield self._look
        if serial:
            yield partial(self._reconcile, days.day_of(self.city.clock.seconds()) - timedelta(days=1))
        if ceremony:
            yield partial(self.warned, "the publisher's log", _said(self.city.office.log("khatm-publisher")), owed=True)
            yield self.city.renew_status_key
            self._renewed = True
            yield partial(self.city.part, "publisher")
            yield self.city.clock.seconds() + 2 * 3600
            yield self._look

    def warned(self, where: str, told: bool, *, owed: bool) -> None:
        """Note whether the key that ends is spoken of, and whether it should be."""
        self.books.warned.append((f"{where}, {self.city.clock.now():%a %H:%M}", told, owed))

    def _look(self) -> None:
        page = Browser(self.city.base(9120), "127.0.0.1", "127.0.0.1").get("/metrics")
        worst = page.find(r"(?m)^khatm_worst (\S+)")
        found = [line for line in page.text.splitlines() if line.startswith("khatm_finding") and line.rsplit(" ", 1)[1] not in ("0.0", "0")]
        self.looks.append((self.city.clock.seconds(), f"{worst}: " + "; ".join(line.split("{")[1].split("}")[0] for line in found)))
        self.warned("the doctor", any(_ENDS in line for line in found), owed=not self._renewed)

    def _reconcile(self, day: date) -> None:
        """Compare the provider's file of a day: 0 where both agree, 1 where a person has to look."""
        city = self.city
        file = city.folder / f"settlement-{day}.csv"
        file.write_bytes(city.provider.settlement(day))
        where = ["--register", city.register, "--published", city.published, "--keys", city.etc / "keys/web"]
        where += ["--provider", city.etc / "provider.toml"]
        try:
            said = city.office.khatm("office", "payments", "reconcile", file, "--day", day.isoformat(), *where, codes=(0, 1))
        except UnitFailedError as error:
            raise TroubleError(str(error)) from error
        self.reconciled.append((day.isoformat(), said.count("\n")))


def _said(log: str) -> bool:
    return "key_ends" in log
