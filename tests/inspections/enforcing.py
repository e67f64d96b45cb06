"""A town in which violations are reported, approved, sealed and served, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from accounts.roles import Account
from governorate import days_off
from inspections.enforcement import deciding, proposals, records, reporting, sealing, serving
from inspections.enforcement.records import Violation
from inspections.enforcement.reporting import Report, Seen
from inspections.enforcement.serving import Service
from inspections.visits import evaluating, evaluation, queries
from seal import days, notices
from tests.inspections.town import PEOPLE, Town, Visitor
from tests.world import HOST, NOTICE_KID

PEOPLE_BESIDE = {"salma": (("MID", "supervisor"),), "nadia": (("MID", "supervisor"),)}
PDF = b"%PDF-1.7\n% a notice"
HOLDER = "سعاد إبراهيم"


class Precinct(Town):
    """Two more supervisors of MID; and a key for notices. Every step takes who does it by name."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url)
        self.people |= {name: self.account(name, *granted) for name, granted in PEOPLE_BESIDE.items()}
        self.world.notice_keys(not_before=0)
        self.calendar = days_off.default()
        self.made: dict[str, int] = {}
        self.visitors |= {name: Visitor(self, self.people[name]) for name in PEOPLE_BESIDE}

    def copied(self, folder: Path, database_url: str) -> Self:
        made = super().copied(folder, database_url)
        made.made = dict(self.made)
        return made

    def who(self, name: str) -> Account:
        return self.people[name]

    def seen(self, inspection_id: int) -> Seen:
        with self.engine.connect() as connection:
            stored = queries.one(connection, inspection_id, None)
        assert stored is not None
        held = evaluating.said(stored.message)
        lists = self.context.known_lists()
        claims = evaluation.judged(held.code, held.scanned_at, held.location, lists).claims if held.code else None
        return reporting.opened(stored, claims)

    def report(self, name: str = "amal", *, of: int | None = None, **changes: Any) -> int:
        """A report from the inspection of the clothes' shop, unless `of` names another."""
        wanted = Report("pavement_occupied", HOLDER, "الرصيف مشغول ببضاعة", "شارع فؤاد")._replace(**changes)
        seen = self.seen(self.id_of("clothes") if of is None else of)
        with self.engine.begin() as connection:
            return reporting.report(connection, seen, wanted, self.who(name), now=self.now)

    def get(self, violation_id: int) -> Violation:
        with self.engine.connect() as connection:
            return records.one(connection, violation_id, None)

    def do(self, step: Callable[..., Any], violation_id: int, *given: Any, **more: Any) -> Any:
        """Take a step now, in a transaction of its own."""
        with self.engine.begin() as connection:
            return step(connection, records.one(connection, violation_id, None), *given, **more, now=self.now)

    def approve(self, violation_id: int, name: str = "supervisor") -> str:
        number = self.do(deciding.approve, violation_id, self.who(name))
        assert isinstance(number, str)
        return number

    def text(self, violation_id: int, **changes: Any) -> str:
        """The seal that the office makes of an approved notice, but for `changes`."""
        facts = sealing.facts(self.get(violation_id))._replace(**{"iat": self.now, **changes})
        return notices.write(notices.sign(facts, NOTICE_KID, self.world.signer(NOTICE_KID)), HOST)

    def seal(self, violation_id: int, text: str = "", *, pdf: bytes = PDF, kid: bytes = NOTICE_KID) -> Any:
        return self.do(sealing.seal, violation_id, text or self.text(violation_id), pdf, kid, self.context.known_lists())

    def serve(self, violation_id: int, name: str = "supervisor", *, how: str = "by_hand", who: str = HOLDER, later: int = 0) -> None:
        day = days.day_of(self.now) + timedelta(days=later)
        self.do(serving.serve, violation_id, self.who(name), Service(day, how, who), self.calendar)

    def object_(self, violation_id: int, objection_id: str = "a", text: str = "لم أشغل الرصيف في ذلك اليوم", at: int | None = None) -> Any:
        return self.do(serving.object_, violation_id, objection_id, text, at=self.now if at is None else at)

    def served(self, **changes: Any) -> int:
        """A notice that was served today."""
        made = self.report(**changes)
        self.approve(made)
        self.seal(made)
        self.serve(made)
        return made

    def states(self, violation_id: int) -> list[str]:
        with self.engine.connect() as connection:
            return [each.state for each in records.history(connection, violation_id)]

    def propose(self, name: str = "supervisor", action: str = "suspend", **more: Any) -> int:
        with self.engine.begin() as connection:
            usual = {"license_": self.numbers["bakery"], "authority": "MID", "inspecting": "MID", "reason": "تكرار المخالفة"}
            return proposals.propose(connection, self.who(name), action=action, now=self.now, **usual | more)

    def give_notices(self) -> None:
        """One violation in each of four states, for pages to show; `path` knows them by these names."""
        self.made = {"reported": self.report("supervisor", code="not_clean")}
        for state, code in (("sealed", "unsafe"), ("served", "pavement_occupied"), ("objected", "license_not_shown")):
            self.made[state] = self.report(code=code)
            self.approve(self.made[state])
            self.seal(self.made[state])
            if state != "sealed":
                self.serve(self.made[state])
        self.object_(self.made["objected"])
        self.propose(license_=self.numbers["clothes"])

    def path(self, text: str) -> str:
        """An address with what is in braces filled in."""
        for name, violation in self.made.items():
            text = text.replace(f"{{{name}}}", str(violation))
        return super().path(text)


assert not PEOPLE_BESIDE.keys() & PEOPLE.keys()
