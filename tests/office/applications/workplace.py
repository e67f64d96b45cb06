"""An office that takes applications, for tests: a register, the rules, keys made at run time, and people with every role."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from sqlalchemy import Engine

from issuer.operations import SigningContext
from office.applicants.keyring import Keyring
from office.applications import attaching, drafts, identity, issuing, submitting, views, workflow
from office.applications.actors import SYSTEM, Actor
from office.applications.context import OfficeContext, Receipts, UnitOfWork
from office.applications.documents import Store
from office.applications.views import Casefile
from office.payments import bills, counter
from office.services import catalogue, fee_loader
from seal import days
from tests.issuer.offices import HOST
from tests.office.applicants.invented import person

DAY = 86_400
MOBILE = f"+20{1_012_345_678}"  # of nobody: the house keeps no numbers


def moment(text: str) -> int:
    """Noon in Cairo of an ISO day, in seconds since 1970 UTC."""
    from datetime import date

    return days.start_of(date.fromisoformat(text)) + DAY // 2


NOW = moment("2026-11-24")

CITIZEN = Actor("citizen", "11", "منى علي")
STRANGER = Actor("citizen", "12", "سعيد فهمي")


def staff(id_: str, *roles: str, authority: str = "MN1") -> Actor:
    """Somebody who works for one authority."""
    return Actor("staff", id_, f"موظف {id_}", {authority: frozenset(roles)})


CLERK, REVIEWER, CASHIER = staff("1", "clerk"), staff("2", "reviewer"), staff("3", "cashier")
MANAGER, ADMINISTRATOR = staff("4", "manager"), staff("5", "administrator")
ELSEWHERE = staff("9", "clerk", "reviewer", "cashier", "manager", authority="SHQ")
GOVERNOR = staff("7", "manager", authority="*")


@cache
def pdf() -> bytes:
    """A page without anything on it."""
    made = pikepdf.new()
    made.add_blank_page()
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def advertisement(**fields: str) -> dict[str, str]:
    """A billboard in MN1 as a citizen types it, but for `fields`."""
    return {
        "trade_name": "مطعم البحر",
        "activity": "restaurant",
        "holder": "منى علي حسن",
        "address": "طريق الحرية، عقار 40",
        "latitude": "٣١٫٢٧٥",
        "longitude": "30.0050 E",
        "radius_m": "٢٠",
        "width_m": "4",
        "height_m": "3",
        "faces": "1",
        "lighting": "lit",
        "valid_from": "1/12/2026",
        "valid_until": "30/11/2027",
    } | fields


def shop(**fields: str) -> dict[str, str]:
    """A shop in MN1 as a citizen types it, but for `fields`."""
    return {
        "trade_name": "مخبز الأمل",
        "activity": "bakery",
        "holder": "سامي فؤاد حسن",
        "address": "شارع 12، عقار 7",
        "latitude": "31.2752",
        "longitude": "30.0061",
        "radius_m": "30",
        "floor_area": "60",
        "valid_from": "2026-12-01",
    } | fields


@dataclass(frozen=True)
class Workplace:
    """The offices, and what people do in them."""

    engine: Engine
    office: OfficeContext
    clerk: SigningContext
    folder: Path

    def draft(
        self,
        service: str,
        fields: dict[str, str],
        *,
        actor: Actor = CITIZEN,
        now: int = NOW,
        papers: bool = True,
        who: dict[str, str] | None = None,
    ) -> str:
        """A draft with every document that its service, and what its case may make of it, need; where it is asked, its holder applies."""
        channel = "portal" if actor.kind == "citizen" else "centre"
        with self.engine.begin() as connection:
            key = drafts.create(
                UnitOfWork(connection, self.office, actor, now), service=service, channel=channel, mobile=MOBILE, fields=fields
            )
            identity.keep(UnitOfWork(connection, self.office, actor, now), key, person() if who is None else who)
            type_ = service.partition(".")[0]
            wanted = {
                document.code
                for each in (service, f"{type_}.first")
                for document in self.office.service(each).documents
                if document.required
            }
            digest = self.office.store.put(_document())
            for code in sorted(wanted if papers else ()):
                put_aside(connection, key, code, digest, actor, now)
        return key

    def submit(self, key: str, *, actor: Actor = CITIZEN, now: int = NOW) -> str:
        """Its number."""
        with self.engine.begin() as connection:
            return submitting.submit(UnitOfWork(connection, self.office, actor, now), key)

    def submitted(self, service: str, fields: dict[str, str], *, actor: Actor = CITIZEN, now: int = NOW) -> str:
        """The number of a new application."""
        return self.submit(self.draft(service, fields, actor=actor, now=now), actor=actor, now=now)

    def do(self, step: str, number: str, *, actor: Actor = REVIEWER, now: int = NOW, **more: Any) -> int:
        """One step of the workflow, in a transaction of its own."""
        with self.engine.begin() as connection:
            version: int = getattr(workflow, step)(UnitOfWork(connection, self.office, actor, now), number, **more)
        return version

    def pay(self, number: str, *, now: int = NOW) -> int:
        """Pay what is open at the counter; return the piastres."""
        with self.engine.begin() as connection:
            bill = next(bill for bill in bills.of_subject(connection, number) if bill.state == "open")
            settled = workflow.paid(self.office)
            counter.pay(connection, bill.id, method="cash", amount=bill.piastres, by="staff:3", settled=settled, now=now)
        return bill.piastres

    def issue(self, number: str, *, now: int = NOW) -> str:
        """The number of the license."""
        return issuing.issue(self.engine, self.office, number, sealer=self.clerk.sealer, now=now)

    def issued(self, service: str, fields: dict[str, str], *, actor: Actor = CITIZEN, now: int = NOW) -> tuple[str, str]:
        """The numbers of an application that went all the way, and of its license."""
        number = self.submitted(service, fields, actor=actor, now=now)
        if self.show(number).state == "awaiting_payment":
            self.pay(number, now=now)
        self.do("approve", number, now=now)
        return number, self.issue(number, now=now)

    def show(self, number: str, *, actor: Actor = SYSTEM) -> Casefile:
        """The application as `actor` sees it."""
        with self.engine.connect() as connection:
            return views.show(connection, self.office, number, actor=actor)

    def state(self, number: str) -> str:
        """Its state."""
        return self.show(number).state


@cache
def _document() -> Any:
    from office.applications.documents import Document

    return Document("application/pdf", pdf())


def put_aside(connection: Any, key: str, code: str, digest: bytes, actor: Actor, now: int) -> None:
    """Attach a document that is in the store already: looking at a PDF takes a process of its own each time."""
    from sqlalchemy import select

    from office.applications.tables import applications, attachments

    id_ = connection.scalar(select(applications.c.id).where(applications.c.key == key))
    row = {"application_id": id_, "code": code, "digest": digest, "media": "application/pdf", "size": len(pdf())}
    connection.execute(attachments.insert().values({**row, "filename": f"{code}.pdf", "at": now, "by": actor.key}))


def furnish(engine: Engine, clerk: SigningContext, receipts: Receipts, folder: Path, applicants: Keyring | None = None) -> Workplace:
    """An office on a register that is open."""
    store, prefix = Store(folder / "documents"), clerk.trust.governorate.prefix
    office = OfficeContext(catalogue.default(), fee_loader.default(), clerk.rules, store, HOST, prefix, receipts, applicants=applicants)
    return Workplace(engine, office, clerk, folder)


__all__ = ["Workplace", "attaching", "furnish"]
