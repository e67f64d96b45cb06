"""What citizens do on the portal with their telephones, and what happens to their money on the way."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from tests.office.desk.house import mobile
from tests.week.agenda import Case, NotYetError
from tests.week.counter import Counter, state
from tests.week.people import Browser, RefusedError, TroubleError

#: What happens to a payment, and how it is told: at once; the number ends and another one is paid; paid at the till and at the provider's;
#: given back whole behind the office's back; told three times; the number is cancelled; told by nobody (the poller finds it); given back in
#: part behind the office's back; late; after another word; a forged one besides; a wrong amount first. Four a day, so all in three.
TOLD = (
    *("at once", "expired", "paid twice", "reversed"),
    *("thrice", "cancelled", "lost", "partly reversed"),
    *("late", "out of order", "forged too", "wrong amount"),
)
REVERSED = ("reversed", "partly reversed")
_ENDED = {"expired": "EXPIRED", "cancelled": "CANCELED"}
_PART = 100  # piastres that go back in part


class Portal:
    """Citizens by their serial numbers."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.agenda, self.city, self.books = counter, counter.agenda, counter.city, counter.books
        self.browsers: dict[int, Browser] = {}

    def citizen(self, serial: int) -> Browser:
        return self.browsers.setdefault(serial, self.city.citizen(serial))

    # -- signing in by a code that comes as a message -----------------------------------------------------------------------------------

    def _ask(self, serial: int) -> int:
        """Ask for a code; how many messages there were before."""
        who, number = self.citizen(serial), mobile(serial + 1)
        before = len(self.city.codes(number))
        who.cookies.clear()
        who.submit(who.get("/sign-in"), "/sign-in", (200, 303), mobile=number)
        return before

    def _enter(self, serial: int, before: int) -> bool:
        """Type the code in; False where it has not come within a minute, and another one is asked for."""
        number, who = mobile(serial + 1), self.citizen(serial)
        if not self.city.until(lambda: len(self.city.codes(number)) > before, f"a code for citizen {serial}", 40):
            return False
        found = re.findall(r"\b(\d{6})\b", self.city.codes(number)[-1])
        page = who.get("/sign-in")
        csrf = page.find(r'name="form" value="([0-9a-f]*)"')
        answer = who.post("/sign-in/code", {"form": csrf, "mobile": number, "code": found[0], "next": "/applications"}, (303, 403, 422))
        return answer.status == 303

    def signing_in(self, serial: int) -> Any:
        for _ in range(12):
            before = yield partial(self._ask, serial)
            if (yield partial(self._enter, serial, before)):
                return
            yield self.city.clock.seconds() + 900
        raise RefusedError(f"citizen {serial} never gets in")

    # -- an application with its money --------------------------------------------------------------------------------------------------

    def on_the_portal(self, service: str, papers: tuple[str, ...], *, told: str, ending: str = "issued") -> Case:
        """Sign in, apply, pay by a number at the provider's, which tells the office as `told` says; then it is decided."""
        self.counter.serial += 1
        serial = self.counter.serial
        who = self.citizen(serial)
        yield from self.signing_in(serial)
        number = yield from self.counter.applying(who, "/apply", service, serial, papers)
        order = yield partial(self._order, serial, number)
        yield self.city.clock.seconds() + self.agenda.chance.randrange(600, 5400)
        if told in _ENDED:
            yield partial(self._end, order, _ENDED[told])
            order = yield partial(self._order, serial, number, unlike=order)
        if told == "paid twice":
            yield partial(self.counter.pay, number, "cash")
        yield partial(self._pay, number, order, told)
        if told in ("late", "out of order"):
            yield self.city.clock.seconds() + 7200
            yield partial(self.city.provider.till, "notify", order=order, times=2)
        if told == "out of order":
            yield partial(self.city.provider.till, "notify", order=order, changes={"orderStatus": "NEW"})
        yield partial(self._reviewed, number)
        if told in REVERSED:
            yield partial(self._reverse, order, told)
        yield from self.counter.decided(number, ending, serial)

    def _page(self, serial: int, path: str) -> Any:
        """A page of a citizen's own, after signing in again where that is over."""
        who = self.citizen(serial)
        try:
            return who.get(path)
        except TroubleError as error:
            if "signed out" not in str(error):
                raise
            if not self._enter(serial, self._ask(serial)):
                raise TroubleError("the code does not come") from error
            return who.get(path)

    def _order(self, serial: int, number: str, *, unlike: str = "") -> str:
        """The number to pay by, another one than `unlike`."""
        page = self._page(serial, f"/applications/{number}")
        if 'id="reference"' not in page.text:
            if state(page) != "awaiting_payment":
                raise RefusedError(f"{number} is {state(page)} and nobody paid")
            self.citizen(serial).submit(page, "/pay", (303, 409, 502, 503))
            page = self._page(serial, f"/applications/{number}")
        found = re.search(r'id="reference"[^>]*>(?:<[^>]+>|[\s\u2066-\u2069])*(\d+)', page.text)
        if found is None:
            raise NotYetError(f"{number} has no number to pay by: {sorted(page.codes)}")
        if found[1] == unlike:
            raise NotYetError(f"{number} is still to be paid by the number that ended")
        return found[1]

    def _end(self, order: str, status: str) -> None:
        """Nobody pays in time, or the provider cancels; it tells so."""
        if self.city.provider.order(order)["status"] == "NEW":
            self.city.provider.till("end", order=order, status=status)

    def _reverse(self, order: str, told: str) -> None:
        """The provider gives money back that nobody asked it to: all of it, or a part."""
        held = self.city.provider.order(order)
        if not held["refunded"]:
            piastres = held["paid"] if told == "reversed" else _PART
            self.city.provider.till("refund", order=order, piastres=piastres)
            self.books.reversed[held["reference"]] = piastres

    def _pay(self, number: str, order: str, told: str) -> None:
        """Pay at the provider's till."""
        till = self.city.provider.till
        held = self.city.provider.order(order)
        if held["paid"] is None:
            if told == "forged too":
                till("notify", order=order, forged=True, changes={"orderStatus": "PAID"})
            if told == "wrong amount":
                till("notify", order=order, changes={"orderStatus": "PAID", "paymentAmount": 1.0})
            # Who paid at the till already pays all the same, although the number is withdrawn by then
            till("pay", order=order, quiet=told in ("lost", "late", "out of order"), late=told == "paid twice")
        if told == "thrice":
            till("notify", order=order, times=3)
        self.books.orders[number] = (order, held["piastres"])

    def _reviewed(self, number: str) -> None:
        page = self.counter.member("reem").get(f"/centre/applications/{number}")
        if state(page) == "awaiting_payment":
            raise NotYetError(f"{number}: the money has not come")

    # -- appointments, withdrawing -------------------------------------------------------------------------------------------------------

    def appointment(self, serial: int) -> Case:
        """Book a time on the next days; a reminder is owed the evening before."""
        yield from self.signing_in(serial)
        booked = yield partial(self._book, serial)
        self.books.appointments.append((mobile(serial + 1), booked))

    def _book(self, serial: int) -> str:
        who = self.citizen(serial)
        page = self._page(serial, "/appointments?centre=MN1")
        coming = re.findall(r'<option value="(\d{4}-\d\d-\d\d)"', page.text)
        if not coming:
            raise RefusedError(f"no day is offered: {sorted(page.codes)}")
        page = self._page(serial, f"/appointments?centre=MN1&day={coming[min(1, len(coming) - 1)]}")
        held: dict[str, str] = {}
        for form in page.forms():
            if form.method == "POST" and str(form.action).endswith("/appointments"):
                held = {name: value for name, value in form.form_values() if name}
        minute = re.search(r'name="minute" value="(\d+)"', page.text)
        if minute is None or "day" not in held:
            raise RefusedError(f"no time is free: {sorted(page.codes)}")
        who.post("/appointments", held | {"minute": minute[1]}, (303, 409))
        return held["day"]
