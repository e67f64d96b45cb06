"""What inspectors do in the street with telephones that are offline for hours, and what comes of it: notices, objections, proposals."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

import published
from inspections.visits import evaluation
from seal import cose, wire
from seal.inspection import Finding, Lists, Location
from tests.inspections.phone import Phone
from tests.office.desk.house import mobile
from tests.week.agenda import Case, NotYetError
from tests.week.city import HOST
from tests.week.counter import Counter
from tests.week.people import Member, RefusedError, TroubleError

_DEGREE = 111_320.0  # metres


def engine(url: str) -> Engine:
    """A database by its address, for looking: by SQLAlchemy alone, past our own room for databases."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://") if "://" in url else f"sqlite:///{url}")


def first(url: str, query: str, **given: object) -> Any:
    """The first row of an answer. Raises TroubleError where the database is away, RefusedError where there is no row."""
    made = engine(url)
    try:
        with made.connect() as connection:
            row = connection.execute(text(query), given).first()
    except DBAPIError as error:
        raise TroubleError(f"a database cannot be read: {type(error).__name__}") from error
    finally:
        made.dispose()
    if row is None:
        raise RefusedError(f"{query}: no row for {given}")
    return row


class Street:
    """Two inspectors with a phone each, two supervisors."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.agenda, self.city, self.books = counter, counter.agenda, counter.city, counter.books
        self.phones: dict[str, Phone] = {}
        self._objectors: dict[str, int] = {}
        self._proposed, self._decided = set[str](), set[str]()
        self._unsure: dict[str, tuple[str, str]] = {}  # proposals of which a decision was sent -> license, decision
        self.reported: set[str] = set()  # inspections that somebody reports from already

    def member(self, name: str) -> Member:
        return self.city.street[name]

    def seal(self, license_: str) -> str:
        """The text of the code that hangs on the wall: its newest edition."""
        query = "SELECT s.token FROM seal s JOIN license l ON l.id = s.license_id WHERE l.number = :number ORDER BY s.edition DESC"
        return wire.write(cose.from_bytes(bytes(first(self.city.register, query, number=license_).token)), HOST)

    def phone(self, name: str) -> Phone:
        if name not in self.phones:
            self.phones[name] = self.city.phone(name)
        made = self.phones[name]
        made.now = self.city.clock.seconds()
        return made

    def _sign_in(self, name: str) -> None:
        who = self.member(name)
        status, told = self.phone(name).sign_in(name, who.password, who.code())
        if status in (0, 429) or status >= 500:
            raise TroubleError(f"phone of {name}: {status}")
        if status not in (200, 201):
            raise RefusedError(f"phone of {name}: {status} {told}")

    def round(self, name: str, stops: int, *, violations: int = 0) -> Case:
        """Sign in, then scan without a network; send in the evening, or the day after."""
        yield partial(self._sign_in, name)
        for stop in range(stops):
            yield self.city.clock.seconds() + 900
            bad = stop < violations
            chosen = self.counter.changeable() if bad else sorted(self.books.licenses.values())
            if chosen:
                yield partial(self._scan, name, self.agenda.chance.choice(chosen), bad=bad)
        yield self.city.clock.seconds() + self.agenda.chance.choice((1800, 3 * 3600, 20 * 3600))
        yield partial(self._send, name)

    def _scan(self, name: str, license_: str, *, bad: bool) -> None:
        phone, now = self.phone(name), self.city.clock.seconds()
        code = self.seal(license_)
        lists = published.load(
            self.city.verifier.folder / "var/lib/khatm/followed/current",
            root=published.read_root(self.city.etc / "root.cose"),
            memory=published.Memory(),
            now=now,
        )
        known = evaluation.judged(code, now, None, lists).claims
        if known is None:
            raise NotYetError(f"{license_} cannot be read yet")
        point = known.license.site.point
        place = Location(
            point.latitude + self.agenda.chance.gauss(0, 4) / _DEGREE, point.longitude, round(self.agenda.chance.uniform(4, 12), 1), now, 1
        )
        verdict = evaluation.judged(code, now, place, lists)
        result = "violation" if bad or verdict.decision == "invalid" else "in_order" if verdict.decision == "valid" else "cannot_tell"
        id_, message = phone.record(
            officer=name, scanned_at=now, signed_at=now + 1, kind="license", result=result, code=code, verdict=evaluation.told_of(verdict),
            lists=Lists(lists.trust.sequence, min(now, lists.status.newest)), location=place, no_fix=None, seen_type=known.type,
            seen_name=known.trade_name, findings=(Finding("exits_clear", "bad", "serious", "المخرج مغلق ببضاعة"),) if bad else (),
            photographs=1 if bad else 0,
        )  # fmt: skip
        self.books.signed[id_] = message

    def _send(self, name: str) -> None:
        phone = self.phone(name)
        phone.sync()
        if phone.outbox:
            raise TroubleError(f"{name}: {len(phone.outbox)} are still on the phone")
        phone.contact()

    # -- violations ------------------------------------------------------------------------------------------------------------------

    def violation(self, name: str, *, ending: str) -> Case:
        """Report from an inspection that found something bad; `ending`: paid, upheld (then paid), granted, cancelled, proposed.

        `overtaken`: cancelled, and `paid_first`: paid, while the objection is on its way; and the latter is decided all the same.
        """
        page = yield partial(self._new, name)
        made = yield partial(self._report, name, page)
        yield partial(self._step, "salma", made, "approve", "approved")
        number, code = yield partial(self._sealed, made)
        self.books.notices[number] = "sealed"
        if ending == "cancelled":
            yield partial(self._step, "nagwa", made, "cancel", "cancelled", reason="خطأ في العنوان")
            self.books.notices[number] = "cancelled"
            return
        yield partial(self._step, "salma", made, "serve", "served", how="by_hand", who="صاحب الترخيص")
        self.books.notices[number] = "served"
        objects, paid = ending in ("upheld", "granted", "overtaken", "paid_first"), False
        if objects:
            yield self.city.clock.seconds() + 3600
            yield partial(self._object, number, code)
            if ending == "paid_first":
                paid = yield partial(self._pays_first, made)
            if ending != "overtaken":
                yield partial(self._there, made)
            step, to = ("cancel", "cancelled") if ending in ("granted", "overtaken") else ("uphold", "upheld")
            yield partial(self._step, "nagwa", made, step, to, reason="الصور واضحة")
            self.books.notices[number] = to
            if paid:
                self.books.notices[number], self.books.fines[number] = "paid", f"R-{made}"
            self.books.expected.append((self._objector(number), number, f"the objection to {number} is decided"))
        if ending in ("paid", "upheld") or (ending == "paid_first" and not paid):
            yield partial(self._step, "salma", made, "pay", "paid", receipt=f"R-{made}")
            self.books.notices[number], self.books.fines[number] = "paid", f"R-{made}"
        if objects:
            yield partial(self._told, number)
        if ending == "proposed":
            license_ = yield partial(self._propose, made)
            yield partial(self._accepted, license_)

    def _pays_first(self, made: int) -> bool:
        """Pay before the objection is on the supervisors' page, if it is not there yet; whether that was done."""
        page = self.member("salma").get(f"/inspections/violations/{made}")
        if '<li data-state="objected">' in page.text and '<li data-state="paid">' not in page.text:
            return False
        self._step("salma", made, "pay", "paid", receipt=f"R-{made}")
        return True

    def _there(self, made: int) -> None:
        """The supervisor waits until the objection is on their page."""
        if '<li data-state="objected">' not in self.member("nagwa").get(f"/inspections/violations/{made}").text:
            raise NotYetError(f"the objection to {made} has not come")

    def _told(self, number: str) -> None:
        """Whoever objected waits for the message about the decision."""
        if not any(number in said for said in self.city.codes(self._objector(number))):
            raise NotYetError(f"nobody told of the decision about {number}")

    def _new(self, name: str) -> str:
        page = self.member(name).get("/inspections/violations")
        found = re.findall(r"(/inspections/violations/new\?inspection=\d+)", page.text)
        free = [each for each in found if each not in self.reported]
        if not free:
            raise NotYetError("what was found is still on the phone")
        self.reported.add(free[0])
        return str(free[0])

    def _objector(self, number: str) -> str:
        """The telephone of whoever objects to a notice: somebody else each time."""
        return mobile(7_000 + self._objectors.setdefault(number, len(self._objectors)))

    def _report(self, name: str, path: str) -> int:
        who = self.member(name)
        page = who.get(path)
        _, held = page.form("/violations")
        code = held.get("code") or page.find(r'name="code" value="(\w+)"')
        answer = who.submit(
            page,
            "/violations",
            (303, 422),
            code=code,
            holder=held.get("holder") or "سامي فؤاد حسن",
            reason=held.get("reason") or "المخرج مغلق",
            place=held.get("place") or "شارع 1",
        )
        if "violation_reported" in answer.codes:  # the answer was lost last time
            return int(answer.find(r'href="/inspections/violations/(\d+)"'))
        if answer.status != 303:
            raise RefusedError(f"violation: {answer.status} {sorted(answer.codes)}")
        return int(answer.location.rsplit("/", 1)[1])

    def _step(self, name: str, made: int, step: str, to: str, **fields: str) -> None:
        who = self.member(name)
        page = who.get(f"/inspections/violations/{made}")
        if f'<li data-state="{to}">' in page.text:
            return
        if not page.offers(f"/violations/{made}/{step}"):
            raise NotYetError(f"violation {made} cannot be brought to {to} yet")
        if who.submit(page, f"/violations/{made}/{step}", (303, 409), **fields).status == 409:
            raise TroubleError(f"violation {made}: somebody else was quicker")

    def _sealed(self, made: int) -> tuple[str, str]:
        page = self.member("salma").get(f"/inspections/violations/{made}")
        if '<li data-state="sealed">' not in page.text:
            raise NotYetError(f"violation {made} is not sealed")
        row = first(self.city.inspections, "SELECT number, text FROM violation WHERE id = :id", id=made)
        return str(row.number), str(row.text)

    def _object(self, number: str, code: str) -> None:
        """Show the notice's code on the portal, and object; the reference that is shown is what the citizen knows it by."""
        who = self.city.citizen(7_000)
        page = who.post("/notice", {"text": code}, 200)  # as a camera's page hands it on: without a form of ours before it
        if page.offers("/notice/objection"):
            sent = who.submit(page, "/notice/objection", (200, 303, 422), objection="البضاعة لجاري وليست لي", mobile=self._objector(number))
            if "data-made" not in sent.text:
                raise RefusedError(f"objection: {sent.status} {sorted(sent.codes)}")
            self.books.objected[number] = sent.find(r'data-made="([^"]+)"')
        elif number not in self.books.objected and (shown := re.search(r"OBJ-[\w-]+", page.text)):
            self.books.objected[number] = shown[0]  # it was made, and the answer was lost
        elif number not in self.books.objected:
            raise NotYetError(f"{number}: {sorted(page.codes)}")

    def _propose(self, made: int) -> str:
        who = self.member("nagwa")
        page = who.get(f"/inspections/violations/{made}")
        license_ = page.find(r"/inspections/licenses/(ALX-\w{3}-\d{4}-\d{7}-\w)")
        if license_ not in self._proposed and page.offers("/violations/proposals"):
            self._proposed.add(license_)
            who.submit(page, "/violations/proposals", (303, 409, 422), action="suspend", reason="تكرار المخالفة")
        return license_

    def _accepted(self, license_: str) -> None:
        """The office has fetched it, and somebody there has decided it."""
        self.decide_proposals()
        if license_ not in self._decided:
            raise NotYetError(f"the proposal about {license_} is not decided")

    def decide_proposals(self) -> None:
        """A reviewer of the office accepts what the street proposes, and rejects what cannot be: the license was revoked meanwhile."""
        who = self.counter.member("reem")
        listed = dict.fromkeys(re.findall(r"/centre/proposals/(\d+)", who.get("/centre/proposals").text))
        for id_ in [each for each in self._unsure if each not in listed]:  # decided, and the answer was lost
            self._note(*self._unsure.pop(id_))
        for id_ in listed:
            if "transition_refused" in self._decide(who, id_, "accepted"):
                self._decide(who, id_, "rejected")

    def _decide(self, who: Member, id_: str, decision: str) -> set[str]:
        """Decide a proposal, if it is still to be; what stood in the way."""
        page = who.get(f"/centre/proposals/{id_}")
        if not page.offers(f"/proposals/{id_}"):
            return set()
        license_ = page.find(r"(ALX-\w{3}-\d{4}-\d{7}-\w)")
        self._unsure[id_] = license_, decision
        answer = who.submit(page, f"/proposals/{id_}", (303, 409, 422), decision=decision, reason="تكرار")
        self._unsure.pop(id_)
        if answer.status == 303:
            self._note(license_, decision)
        return set(answer.codes)

    def _note(self, license_: str, decision: str) -> None:
        self._decided.add(license_)
        if decision == "accepted":
            self.books.statuses[license_] = "suspended"
