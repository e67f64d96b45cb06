"""The demo's license office: people with accounts, and one application in every state in which one can stay.

`submitted` is none of these: whatever is submitted is billed, or goes to review, in the same transaction. What is `approved` the worker
issues as soon as it runs.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw
from sqlalchemy import Engine

from accounts import administration, authentication, directory, second_factor
from accounts.roles import OFFICE_ROLES, Role
from governorate import counter as counter_rules
from issuer.operations import SigningContext
from office import mobiles
from office.applicants.keyring import Keyring
from office.applications import attaching, drafts, identity, issuing, submitting, workflow
from office.applications.actors import Actor
from office.applications.context import OfficeContext, Receipts, UnitOfWork
from office.applications.documents import Store
from office.applications.paperwork import papers
from office.citizens import codes
from office.payments import bills, counter
from office.payments.drawers import counting, moving
from office.queue import tickets
from office.services import catalogue as services
from office.services import fee_loader
from published import whole
from seal import days

AUTHORITY = "MN1"
#: A number of nobody; the office's messages are printed, not sent.
MOBILE = mobiles.parse(f"010{1:08}")
STAFF: Sequence[tuple[str, str, Role]] = (
    ("mona", "منى عبد الله", "clerk"),
    ("reem", "ريم فوزي", "reviewer"),
    ("adel", "عادل منصور", "reviewer"),
    ("tarek", "طارق حسين", "cashier"),
    ("hoda", "هدى سالم", "manager"),
    ("karim", "كريم نبيل", "administrator"),
)
_PLACE = (31.2752, 30.0061)
_STEP = 0.0012  # degrees: about 130 m between two sites


class Person(NamedTuple):
    """Somebody of the demo's staff, with everything that lets them in."""

    name: str
    role: str
    password: str
    key: str
    recovery: tuple[str, ...]


def people(
    engine: Engine,
    *,
    now: int,
    staff: Sequence[tuple[str, str, Role]] = STAFF,
    offered: Collection[Role] = OFFICE_ROLES,
    authorities: Collection[str] = (AUTHORITY,),
) -> tuple[Person, ...]:
    """Make accounts for `staff` (name, display, role). Passwords are made here, and told."""
    made = []
    for name, display, role in staff:
        authority = "*" if role == "administrator" else AUTHORITY
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        with engine.begin() as connection:
            _, invitation = administration.make(connection, name, display, by=None, now=now)
            administration.set_roles(connection, name, [(authority, role)], offered=offered, authorities=authorities, by=None, now=now)
        half = authentication.by_invitation(engine, invitation, password, now=now)
        with engine.connect() as connection:
            account = directory.find(connection, name)
        key = second_factor.key_of(half)
        _, recovery = authentication.enrol(engine, account, key, second_factor.code_of(key, now=now), half=half, now=now)
        made.append(Person(name, role, password, key, recovery))
    return tuple(made)


def tell(people_: tuple[Person, ...], path: Path) -> None:
    """Write down how to sign in as each of them (0600)."""
    lines = ["Throw-away accounts of the demo. A code is used up once; an authenticator with the key shows a new one every 30 seconds.", ""]
    for person in people_:
        uri = second_factor.enrolment_uri(person.key, person.name)
        lines += [f"{person.name}  ({person.role})", f"  password   {person.password}"]
        lines += [f"  codes      {' '.join(person.recovery)}", f"  key        {uri}", ""]
    whole.write({path: "\n".join(lines).encode()}, mode=0o600)


def office_of(clerk: SigningContext, documents: Path, receipts: Receipts | None, applicants: Keyring) -> OfficeContext:
    """Return the office that the demo's applications go through, which signs their receipts and asks who applies."""
    host, prefix, store = clerk.sealer.host, clerk.sealer.prefix, Store(documents)
    return OfficeContext(services.default(), fee_loader.default(), clerk.rules, store, host, prefix, receipts, applicants=applicants)


def _national_id(serial: int) -> str:
    """Return a number of nobody's: its parts are in their places, its serial is one that was never given."""
    return f"2{'900101'}{2:02}{serial:04}0"


#: Who applies, where it is not the license's holder: somebody else by an agent, somebody under the holder's number, a company.
_OTHERS = {
    "مكتبة المنارة": {
        "applicant_kind": "person",
        "applicant_name": "نادية فوزي",
        "applicant_national_id": _national_id(2),
        "agent_name": "عادل سعد",
        "agent_national_id": _national_id(3),
        "agent_poa_number": "1234/ب",
        "agent_poa_year": "2025",
        "agent_poa_office": "توثيق المنتزه",
    },
    "أثاث المعمورة": {"applicant_kind": "person", "applicant_name": "هاني رمزي", "applicant_national_id": _national_id(1)},
    "معرض الفنار": {
        "applicant_kind": "company",
        "applicant_name": "شركة الفنار للتجارة (مثال)",
        "applicant_commercial_register": "4711",
        "applicant_tax_number": f"{1:09}",
    },
}
_HOLDER = {"applicant_kind": "person", "applicant_national_id": _national_id(1)}


class Applications:
    """Applications of a made-up citizen, led as far as each state."""

    def __init__(self, engine: Engine, office: OfficeContext, clerk: SigningContext, *, now: int) -> None:
        self._engine, self._office, self._clerk, self._now = engine, office, clerk, now
        with engine.begin() as connection:
            self._applicant = Actor("citizen", str(codes.known(connection, MOBILE, now=now).id), MOBILE)
        self._place = 0
        self._paper = _paper()

    def one_in_every_state(self) -> Iterator[tuple[str, str]]:
        """Make them, and yield each state with the application's number, or with the draft's key. Their fees are in an open drawer."""
        self._open_drawer()
        self._queue()
        yield "draft", self._draft("shop.first", trade_name="مقهى الميناء")
        yield "awaiting_payment", self._submitted("advertisement.first", trade_name="إعلان مطعم البحر")
        yield "under_review", self._reviewed("shop.first", trade_name="مكتبة المنارة")
        for state, name, step, reason in (
            ("returned", "بقالة النيل", None, ""),
            ("inspection_requested", "أثاث المعمورة", workflow.request_inspection, "يُراجع عرض الواجهة"),
            ("rejected", "كافتيريا القلعة", workflow.reject, "الموقع في حرم أثر مسجل"),
            ("withdrawn", "ورشة الأمانة", None, ""),
            ("objection", "معرض الفنار", workflow.reject, "المسطح أكبر من المسموح"),
            ("approved", "صيدلية الشفاء", workflow.approve, ""),
            ("issued", "مخبز الأمل", workflow.approve, ""),
        ):
            number = self._reviewed("shop.first", trade_name=name)
            actor = self._applicant if step is None else _REVIEWER
            if state == "returned":
                self._return_documents(number)
            else:
                self._do(step or workflow.withdraw, number, actor, reason)
            if state == "objection":
                self._do(workflow.object_, number, self._applicant, "المسطح مطابق للرسم المعتمد")
            if state == "issued":
                issuing.issue(self._engine, self._office, number, sealer=self._clerk.sealer, now=self._now)
            yield state, number

    def _open_drawer(self) -> None:
        """Open the cashier's drawer, with two hundred pounds in it."""
        name = next(display for account, display, _ in STAFF if account == "tarek")
        with self._engine.begin() as connection:
            counting.open_(connection, authority=AUTHORITY, cashier="tarek", name=name, float_={5_000: 2, 1_000: 10}, now=self._now)

    def _queue(self) -> None:
        """Let a few people wait in the hall, one of them at a desk."""
        with self._engine.begin() as connection:
            for letter in ("A", "B", "A", "C") if counter_rules.default().classes else ():
                tickets.take(connection, AUTHORITY, letter, by="mona", now=self._now)
            tickets.call_next(connection, AUTHORITY, ("A",), desk="1", now=self._now)

    def _do(self, step: Callable[..., int], number: str, actor: Actor, reason: str) -> None:
        with self._engine.begin() as connection:
            step(UnitOfWork(connection, self._office, actor, self._now), number, reason=reason)

    def _return_documents(self, number: str) -> None:
        """Accept the documents of an application but one, and give it back for that one."""
        with self._engine.begin() as connection:
            unit = UnitOfWork(connection, self._office, _REVIEWER, self._now)
            for paper in papers.of(connection, self._office, number, actor=_REVIEWER).all:
                id_ = paper.attachment.id
                if paper.attachment.code == "commercial_register":
                    papers.judge(unit, number, id_, "returned", ground="unreadable", words="رقم القيد لا يظهر")
                else:
                    papers.judge(unit, number, id_, "accepted")
            workflow.return_(unit, number, scope="documents")

    def _draft(self, service: str, *, trade_name: str) -> str:
        self._place += 1
        today = days.day_of(self._now)
        fields = {
            "trade_name": trade_name,
            "trade_name_en": _IN_LATIN_LETTERS.get(trade_name, ""),
            "activity": "grocery",
            "holder": "سامي فؤاد حسن",
            "address": f"شارع {self._place}، عقار {self._place + 6}",
            "latitude": f"{_PLACE[0] + _STEP * (self._place % 4):.6f}",
            "longitude": f"{_PLACE[1] + _STEP * (self._place // 4):.6f}",
            "radius_m": "25",
            "floor_area": "40",
            "valid_from": today.isoformat(),
        }
        if service.startswith("advertisement"):
            until = (today + timedelta(days=364)).isoformat()
            fields |= {"width_m": "4", "height_m": "3", "faces": "1", "lighting": "lit", "valid_until": until}
        with self._engine.begin() as connection:
            unit = UnitOfWork(connection, self._office, self._applicant, self._now)
            key = drafts.create(unit, service=service, channel="portal", mobile=MOBILE, fields=fields)
            identity.keep(unit, key, _OTHERS.get(trade_name, _HOLDER))
            for document in self._office.service(service).documents:
                if document.required:
                    name, paper = f"{document.code}.png", self._paper
                    attaching.attach(unit, key, document.code, content=paper, filename=name)
        return key

    def _submitted(self, service: str, *, trade_name: str) -> str:
        key = self._draft(service, trade_name=trade_name)
        with self._engine.begin() as connection:
            return submitting.submit(UnitOfWork(connection, self._office, self._applicant, self._now), key)

    def _reviewed(self, service: str, *, trade_name: str) -> str:
        number = self._submitted(service, trade_name=trade_name)
        with self._engine.begin() as connection:
            for bill in bills.of_subject(connection, number):
                settled, payer = workflow.paid(self._office), "سامي فؤاد حسن"
                drawer = moving.taking(connection, AUTHORITY, "tarek", required=True, now=self._now)
                taken = {"method": "cash", "amount": bill.piastres, "by": "tarek", "payer": payer}
                receipt = counter.pay(connection, bill.id, settled=settled, now=self._now, **taken)  # type: ignore[arg-type]
                if drawer is not None:
                    moving.came(connection, drawer, receipt)
        return number


#: Whose sign has two scripts.
_IN_LATIN_LETTERS = {"مخبز الأمل": "Al Amal Bakery", "مقهى الميناء": "Port Café", "صيدلية الشفاء": "Shifa Pharmacy"}
_REVIEWER = Actor("staff", "0", "ريم فوزي", {AUTHORITY: frozenset({"reviewer"})})


def _paper() -> bytes:
    """Return a picture of a paper that says it is none."""
    picture = Image.new("L", (720, 480), 244)  # in grey: each document is decoded and encoded anew, forty times here
    ImageDraw.Draw(picture).text((224, 224), "SAMPLE DOCUMENT", fill=85, font_size=29)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
