"""A house in which something stands in every state, and a visitor of every kind: citizens, one of each role, another authority's staff."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pyotp
from sqlalchemy import insert, select, update

from accounts import administration, sessions
from accounts.tables import accounts
from issuer.intake.row import Row
from issuer.intake.rows import Fault
from issuer.register import requests
from issuer.register.stored import to_json
from issuer.register.tables import held, sealing_requests
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.paperwork import papers
from office.enforcement.tables import proposals
from office.licenses.imports import records
from office.licenses.imports.records import Line
from office.licenses.tables import imports
from office.messages.tables import messages
from office.queue.tables import appointments
from office.queue.tables import tickets as tickets_
from office.van import records as van
from office.van import references
from office.van.tables import devices, parcels
from office.van.tables import documents as parcel_documents
from seal.license import License
from seal.site import Point, Site
from tests.office.applications.workplace import shop, staff
from tests.office.desk.house import House, Visitor

ROLES = ("clerk", "reviewer", "cashier", "manager", "administrator")
ELSEWHERE = "SHQ"
PHONE_KEY = pyotp.random_base32()
_TICKET = {"authority": "MN1", "day": "2026-11-24", "class": "A", "desk": "3", "by": "clerk"}
#: Where nobody else's shop is, in MN1 and in the other authority.
_PLACES = [(f"{31.2601 + step * 0.0012:.4f}", "30.0061") for step in range(20)]
_THERE = ("31.2201", "29.9601")


class Town(House):
    """`places` names what is there: applications by their state, licenses, drafts, a receipt."""

    visitors: dict[str, Visitor]
    places: dict[str, str]

    def furnish(self) -> None:
        """Let people apply, pay and decide, by the rules below the pages."""
        self.visitors = {"stranger": self.client(), "citizen": self.citizen(1), "other": self.citizen(2)}
        for role in ROLES:
            self.visitors[role] = self.staff(role, ("MN1", role))
        self.visitors["elsewhere"] = self.staff("elsewhere", *((ELSEWHERE, role) for role in ROLES[:-1]))
        mona, omar = self.actor_of(1), self.actor_of(2)
        clerk = self.account("clerk")
        self.at_the_counter = Actor("staff", str(clerk.id), clerk.display, clerk.roles)
        self._places = iter(_PLACES)
        own, license_ = self.work.issued("shop.first", self.shop(), actor=mona)
        draft = self.work.draft("shop.first", self.shop(trade_name="مسودة سرية"), actor=mona)
        counter = self.work.draft("shop.first", self.shop(trade_name="مسودة المركز") | {"authority": "MN1"}, actor=self.at_the_counter)
        there = shop(trade_name="سر الجيران", holder="عمر خفي", latitude=_THERE[0], longitude=_THERE[1])
        foreign = self.work.submitted("shop.first", there, actor=omar)
        self.work.pay(foreign)
        self.work.do("approve", foreign, actor=staff("2", "reviewer", authority=ELSEWHERE))
        foreign_license = self.work.issue(foreign)
        self.places = {"own": own, "license": license_, "draft": draft, "counter": counter, "receipt": "MN1-2026-000001"}
        self.places |= {"foreign": foreign, "foreign_license": foreign_license, "proposal": self._proposal(license_)}
        self.places["request"] = self.request("replace")
        self.places["import"] = self.imported()
        self.places["held"] = self.held_row()
        self._hall()
        self.places["drawer"] = str(self.drawer(self.account("cashier")))

    def _hall(self) -> None:
        """A number at a desk in MN1, one that waits, and an appointment of the first citizen's; no other thing has their ids."""
        mona = int(self.actor_of(1).id)
        with self.context.engine.begin() as connection:
            connection.execute(insert(tickets_).values(id=5_000, **_TICKET, serial=1, state="called", called_at=self.now, made_at=self.now))
            connection.execute(insert(tickets_).values(id=5_001, **_TICKET, serial=2, state="waiting", made_at=self.now))
            told = {"authority": "MN1", "day": "2026-12-01", "minute": 600, "place": 0, "citizen_id": mona, "state": "booked"}
            connection.execute(insert(appointments).values(id=6_000, made_at=self.now, **told))
        self.places |= {"ticket": "5000", "appointment": "6000"}
        self._van()

    def _van(self) -> None:
        """A laptop of MN1, and what it brought: a parcel whose document has not come, one of each other kind."""
        clerk = int(self.account("clerk").id)
        owned = {"authority": "MN1", "holder": "clerk", "holder_id": clerk, "name": "سيارة سرية", "state": "suspended"}
        told = {"kid": b"k" * 16, "key": b"x" * 64, "token": b"t" * 32, "behind_s": 4_000, "head_sequence": 4, "pack_at": self.now}
        now = dict.fromkeys(("state_at", "enrolled_at", "contact_at"), self.now)
        parcel = {"device_id": 7_000, "authority": "MN1", "service": "shop.first", "mobile_end": "0007", "kid": "", "body": b""}
        parcel |= {"claimed_at": self.now + 8_000, "arrived_at": self.now}
        kinds: list[tuple[str, list[list[str]]]] = [
            ("waiting", []),
            ("refused", [["holder", "holder_missing", ""], ["", "van_sent_back", "اكتب العنوان"], ["identity", "document_broken", ""]]),
            ("apart", [["", "van_forked", ""]]),
            ("filed", []),
        ]
        with self.context.engine.begin() as connection:
            connection.execute(insert(devices).values(id=7_000, **owned, **told, **now))
            van.note(connection, 7_000, "forked", by="device", now=self.now, detail="1 <= 2")
            for place, (state, reasons) in enumerate(kinds):
                named = {"id": 7_100 + place, "sequence": place + 1, "digest": bytes([place]) * 32, "name": bytes([place]) * 16}
                named |= {"reference": references.of(7_000, place + 1), "state": state, "reasons": reasons}
                connection.execute(insert(parcels).values(**parcel, **named))
            lacking = {"parcel_id": 7_100, "place": 0, "digest": b"d" * 32, "there": False}
            connection.execute(insert(parcel_documents).values(lacking))
        self.places |= {"laptop": "7000", "parcel": "7100", "apart": "7102", "slip": references.of(7_000, 4)}

    def request(self, kind: requests.Kind, **told: Any) -> str:
        """What somebody prepared at the console for MN1; the number of its request."""
        row = {"kind": kind, "digest": requests.digest_of(kind, [told]), "subject": "licenses.xlsx", "authorities": ["MN1"], "told": told}
        row |= {"id": 4_000 + len(self.places), "state": "waiting", "prepared_by": "command:karim", "prepared_at": self.now}
        with self.context.engine.begin() as connection:
            connection.execute(insert(sealing_requests).values(row))
        return str(row["id"])

    def imported(self, state: str = "draft", **more: Any) -> str:
        """What the clerk brought in of MN1, with a row that is refused; the number of the import."""
        values = {"filename": "كشف التراخيص.xlsx", "headings": [["الاسم التجاري", "trade_name"]], "authorities": ["MN1"]}
        values |= {"id": 5_000 + len(self.places), "created_by": "account:clerk"}
        values |= {"created_at": self.now, "changed_at": self.now, "state": state, "apply": False}
        values |= {"counts": {"refused": 1, "issued": 1}} | more
        with self.context.engine.begin() as connection:
            made: int = connection.execute(insert(imports).values(values).returning(imports.c.id)).scalar_one()
            fields = {"type": "shop", "authority": "MN1", "trade_name": "مكتبة المنارة", "address": "شارع 9"}
            records.put(connection, made, [self._row(2, fields, "refused"), self._row(3, fields, "issued")])
        return str(made)

    def held_row(self) -> str:
        """A row of a file that was approved and carried out, whose place is in doubt; its number."""
        digest = requests.digest_of("issue", ["held"])
        done = {"id": 4_900, "kind": "issue", "digest": digest, "subject": "held.csv", "authorities": ["MN1"], "told": {}, "state": "used"}
        done |= {"prepared_by": "account:clerk", "prepared_at": self.now, "decided_by": "account:reviewer", "decided_at": self.now}
        with self.context.engine.begin() as connection:
            connection.execute(insert(sealing_requests).values(done | {"used_at": self.now}))
        self.imported("done", request_id=4_900, counts={"held": 1})
        site = Site(Point(31.27, 30.0), 30)
        first = date(2026, 12, 1)
        license_ = License("MN1", "shop", "cafe", "مقهى الصف المعلق", "سعاد", "شارع 9", site, {}, first, None)
        row = to_json(license_) | {"doubt": ["latitude, longitude", "site_coarse", "1000"], "changed": []}
        values = {"id": 7_300, "identity": bytes(32), "source": digest, "line": 9, "twin": "", "row": row, "at": self.now}
        with self.context.engine.begin() as connection:
            connection.execute(insert(held).values(values))
        return "7300"

    def held_change(self, number: str) -> str:
        """Another row of it, which changes a license; its number."""
        with self.context.engine.begin() as connection:
            before = connection.execute(select(held).where(held.c.id == 7_300)).one()
            kept = {**before.row, "trade_name": "مخبز آخر", "changed": ["trade_name"]}
            values = {"id": 7_301, "identity": b"\1" * 32, "source": before.source, "line": 10, "twin": number, "row": kept, "at": self.now}
            connection.execute(insert(held).values(values))
        return "7301"

    def _row(self, line: int, fields: dict[str, str], outcome: str) -> Line:
        faults = (Fault("holder", "holder_missing"), Fault("valid_from", "valid_from_missing")) if outcome == "refused" else ()
        return Line(line, Row(line, tuple(fields.values()), fields, ""), outcome=outcome, faults=faults)

    def _proposal(self, license_: str, **changes: Any) -> str:
        """A proposal of inspections that waits; the number of its row."""
        row = {"proposal": uuid4().hex, "license": license_, "authority": "MN1", "action": "suspend", "reason": "مخالفات متكررة"}
        changes = {"id": 3_000 + len(self.places), **changes}  # nothing else has the same number
        told = {"proposed_by": "hoda", "proposed_at": self.now, "fetched_at": self.now, "state": "proposed", "attempts": 0}
        with self.context.engine.begin() as connection:
            return str(connection.scalar(insert(proposals).values(row | told | changes).returning(proposals.c.id)))

    def furnish_states(self) -> None:
        """Add an application in every other state."""
        mona = self.actor_of(1)
        unpaid, review, returned, visit, rejected, approved, objection, withdrawn = (
            self.work.submitted("shop.first", self.shop(), actor=mona) for _ in range(8)
        )
        for number in (review, returned, visit, rejected, approved, objection):
            self.work.pay(number, now=self.now)
        self.work.do("return_", returned, reason="صورة العقد غير واضحة")
        self.work.do("request_inspection", visit, reason="تُراجع الحدود")
        self.work.do("approve", approved)
        for number in (rejected, objection):
            self.work.do("reject", number, reason="الموقع مشغول")
        self.work.do("object_", objection, actor=mona, reason="الموقع خالٍ")
        self.work.do("withdraw", withdrawn, actor=mona)
        names = ("unpaid", "review", "returned", "visit", "rejected", "approved", "objection", "withdrawn")
        self.places |= dict(zip(names, (unpaid, review, returned, visit, rejected, approved, objection, withdrawn), strict=True))
        with self.context.engine.begin() as connection:  # a message about one of them that did not arrive
            one = connection.scalar(select(messages.c.id).where(messages.c.event.like(f"{review}/%")).limit(1))
            connection.execute(update(messages).where(messages.c.id == one).values(state="failed", error="refused"))
        self.places["message"] = str(one)

    def judged_papers(self) -> dict[str, str]:
        """An application that came back for one document, and one whose documents are being judged; with a document of each."""
        mona, reem = self.actor_of(1), staff("2", "reviewer")
        numbers = [self.work.submitted("shop.first", self.shop(), actor=mona) for _ in range(2)]
        ids = []
        for number in numbers:
            self.work.pay(number, now=self.now)
            with self.context.engine.begin() as connection:
                unit = UnitOfWork(connection, self.work.office, reem, self.now)
                first, second, *_ = papers.of(connection, self.work.office, number, actor=reem).all
                papers.judge(unit, number, first.attachment.id, "accepted")
                papers.judge(unit, number, second.attachment.id, "returned", ground="unreadable", words="الختم لا يظهر")
            ids.append(str(second.attachment.id))
        self.work.do("return_", numbers[0], scope="documents")
        return dict(zip(("papers", "judged", "paper", "judged_paper"), (*numbers, *ids), strict=True))

    def shop(self, **fields: str) -> dict[str, str]:
        """A shop in MN1 where there is none yet."""
        latitude, longitude = next(self._places)
        return shop(**({"latitude": latitude, "longitude": longitude} | fields))

    def path(self, address: str) -> str:
        """An address with what `{own}` and the like stand for."""
        return address.format(**self.places)

    def ask(self, visitor: str, address: str, **more: Any) -> tuple[int, str, str]:
        """Status, text and where it leads, of `METHOD /address`."""
        method, path = self.path(address).split(" ", 1)
        who = self.visitors[visitor]
        answer = who.http.open(path, method=method, data={"form": who.csrf, **more} if method == "POST" else None)
        text = answer.text if answer.mimetype.startswith("text/") or answer.mimetype == "image/svg+xml" else ""
        answer.close()
        return answer.status_code, text, answer.headers.get("Location", "")


class Full(Town):
    """The town with something in every state, and with two of its staff on their way in: `half` has a phone, `new` has none yet."""

    def furnish(self) -> None:
        super().furnish()
        self.furnish_states()
        self.places |= self.judged_papers()
        with self.context.engine.begin() as connection:
            for name in ("half", "new"):
                made, _ = administration.make(connection, name, name, by=None, now=self.now)
                if name == "half":  # whoever has a second factor is asked for it, whoever has none ties a phone
                    connection.execute(update(accounts).where(accounts.c.id == made.id).values(totp=PHONE_KEY))
                token = sessions.begin(connection, "staff", made.id, now=self.now, stage="half")
                self.visitors[name] = Visitor(self)
                self.visitors[name].http.set_cookie("khatm_staff", token)
                self.visitors[name].csrf = sessions.csrf_of(token)
            _, self.places["invitation"] = administration.make(connection, "hind", "هند", by=None, now=self.now)
        self.places["total"] = f"{self.work.show(self.places['unpaid']).bills[0].piastres / 100:.2f}"
