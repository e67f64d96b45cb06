"""Whether notices, objections and proposals are the same in the office and at inspections, and are what people did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.week.comparing import Checked, Reader

_DECIDED = {"upheld": ("upheld", "paid"), "paid": ("upheld", "paid"), "cancelled": ("cancelled",)}


class Enforcement(Reader):
    """Two databases, and what people hold."""

    def enforcement(self) -> Iterator[Checked]:
        violations = {row.number: row for row in self.rows("SELECT * FROM violation WHERE number IS NOT NULL", self.street)}
        yield self._notices(violations)
        yield self._fines(violations)
        yield self._objections(violations)
        yield self._proposals(violations)

    def _notices(self, violations: dict[str, Any]) -> Checked:
        notices = {row.number: row for row in self.rows("SELECT * FROM notice")}
        both = violations.keys() & notices.keys()
        wrong = [f"{number}: another text on the two sides" for number in both if violations[number].text != notices[number].text]
        papers = {row.number: bytes(row.pdf) for row in self.rows(_PAPERS, self.street)}
        wrong += [f"{number}: another paper on the two sides" for number in both if papers.get(number) != bytes(notices[number].pdf)]
        wrong += [f"{number} is on one side only" for number in {number for number, row in violations.items() if row.text} ^ notices.keys()]
        wrong += [
            f"{number}: people led it to {state}, it is {violations[number].state if number in violations else None}"
            for number, state in self.books.notices.items()
            if number not in violations or violations[number].state != state
        ]
        wrong += [f"{number} is a notice that nobody reported" for number in violations.keys() - self.books.notices.keys()]
        return Checked("notices are the same on both sides, in the state that people led them to", len(both), tuple(wrong))

    def _fines(self, violations: dict[str, Any]) -> Checked:
        """Each notice asks for what the schedule says of the how-manieth time it is; who paid has the receipt that is kept."""
        wrong, times = [], Counter[tuple[str, str]]()
        for row in sorted(violations.values(), key=lambda each: (each.approved_at, each.serial)):
            amounts = row.terms["amounts"] if isinstance(row.terms, dict) else json.loads(row.terms)["amounts"]
            if row.piastres != amounts[row.occurrence - 1]:
                wrong.append(f"{row.number}: {row.piastres} for the time {row.occurrence}, the schedule says {amounts}")
            times[row.license or row.number, row.code] += 1
            if row.occurrence > min(3, times[row.license or row.number, row.code]):
                wrong.append(f"{row.number}: called the time {row.occurrence}, and there were {times[row.license or row.number, row.code]}")
        kept = {number: row.receipt for number, row in violations.items() if row.state == "paid"}
        wrong += [
            f"{number}: people hold receipt {self.books.fines.get(number)}, kept is {kept.get(number)}"
            for number in kept.keys() | self.books.fines.keys()
            if kept.get(number) != self.books.fines.get(number)
        ]
        paid = sum(violations[number].piastres for number in kept)
        return Checked(
            "fines of notices are the schedule's, and those that are paid have people's receipts", len(kept), tuple(wrong), _pounds(paid)
        )

    def _objections(self, violations: dict[str, Any]) -> Checked:
        ours = {row.number: row for row in self.rows("SELECT * FROM notice_objection")}
        theirs = {number: row.objection_id for number, row in violations.items() if row.objection_id}
        said = {row.number: row.reason for row in self.rows(_SAID, self.street)}
        wrong = [f"{number}: its objection is on one side only" for number in ours.keys() ^ theirs.keys()]
        for number in ours.keys() & theirs.keys():
            row, state = ours[number], violations[number].state
            if row.id != theirs[number] or row.text != said.get(number):
                wrong.append(f"{number}: another objection on the two sides")
            if row.outcome not in _DECIDED.get(state, ()):
                wrong.append(f"{number}: decided as {state}, the office has {row.outcome}")
        told = self.books.objected
        wrong += [
            f"{number}: people hold {told.get(number)}"
            for number in ours.keys() | told.keys()
            if number not in ours or ours[number].reference != told.get(number)
        ]
        return Checked("objections are the same on both sides, and decided", len(ours.keys() & theirs.keys()), tuple(wrong))

    def _proposals(self, violations: dict[str, Any]) -> Checked:
        ours = Counter((row.license, row.action, row.state) for row in self.rows("SELECT * FROM proposal"))
        theirs = Counter((row.license, row.action, row.state) for row in self.rows("SELECT * FROM license_proposal", self.street))
        wrong = [
            f"{each}: {ours[each]} in the office, {theirs[each]} at inspections"
            for each in ours.keys() | theirs.keys()
            if ours[each] != theirs[each]
        ]
        wrong += [f"{license_} waits for a decision" for license_, _, state in ours if state == "proposed"]
        return Checked("proposals are the same on both sides, and decided", ours.total(), tuple(wrong))


_PAPERS = "SELECT v.number, p.pdf FROM violation_paper p JOIN violation v ON v.id = p.violation_id"
_SAID = "SELECT v.number, e.reason FROM violation_event e JOIN violation v ON v.id = e.violation_id WHERE e.state = 'objected'"


def _pounds(piastres: int) -> str:
    return f"{piastres / 100:,.2f} pounds"
