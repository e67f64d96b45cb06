"""Whether money agrees: bills, receipts that people hold, drawers, refunds, the provider's book."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.week.comparing import Checked, Reader


class Money(Reader):
    """Every piastre, twice."""

    # -- money -----------------------------------------------------------------------------------------------------------------------

    def money(self) -> Iterator[Checked]:
        bills = {row.id: row for row in self.rows("SELECT id, subject, piastres, state FROM bill")}
        payments = self.rows(
            "SELECT p.*, c.reference, b.subject FROM payment p JOIN bill b ON b.id = p.bill_id LEFT JOIN charge c ON c.id = p.charge_id"
        )
        refunds = self.rows(
            "SELECT r.*, p.method, b.subject FROM refund r JOIN payment p ON p.id = r.payment_id JOIN bill b ON b.id = p.bill_id"
        )
        lines = {row.bill_id: row.total for row in self.rows("SELECT bill_id, sum(piastres) AS total FROM bill_line GROUP BY bill_id")}
        settled: dict[int, list[int]] = defaultdict(list)
        for each in payments:
            if each.settles:
                settled[each.bill_id].append(each.piastres)
        wrong = [
            f"bill {id_} of {bill.subject}: {bill.state}, {bill.piastres}, lines {lines.get(id_)}, paid {settled[id_]}"
            for id_, bill in bills.items()
            if lines.get(id_) != bill.piastres or settled[id_] != ([bill.piastres] if bill.state == "paid" else [])
        ]
        yield Checked(
            "each bill is the sum of its lines, and paid by one payment of its amount, or not at all",
            len(bills),
            tuple(wrong),
            f"{sum(b.piastres for b in bills.values() if b.state == 'paid') / 100:,.2f} pounds",
        )
        yield self._receipts(payments)
        yield from self._provider(payments, refunds)
        yield self._drawers(payments, refunds)
        out = Counter(row.payment_id for row in refunds)
        more = [
            f"payment {each.id}: {each.piastres} came and {given} went back"
            for each in payments
            if (given := sum(r.piastres for r in refunds if r.payment_id == each.id and r.state != "refused")) > each.piastres
        ]
        yield Checked("no more went back than came", len(out), tuple(more))
        yield self._stayed_up()

    def _stayed_up(self) -> Checked:
        """Who let a board stand after its term pays for each day of it, by the days that people counted."""
        billed = {
            row.subject: int(row.total)
            for row in self.rows(
                "SELECT b.subject, sum(l.piastres) AS total FROM bill_line l JOIN bill b ON b.id = l.bill_id"
                " WHERE l.rule = 'advertisement_fine' AND l.piastres <> 0 AND b.state = 'paid' GROUP BY b.subject"
            )
        }
        held = self.books.fined
        wrong = [
            f"{each}: {held.get(each)} by its days, billed {billed.get(each)}"
            for each in held.keys() | billed.keys()
            if held.get(each) != billed.get(each)
        ]
        return Checked("who let a board stand after its term paid for each day", len(billed), tuple(wrong))

    def _receipts(self, payments: list[Any]) -> Checked:
        held = {number: (piastres, method, subject) for subject, (number, piastres, method) in self.books.receipts.items()}
        ours = {
            f"{each.authority}-{each.receipt_year}-{each.receipt_serial:06}": (each.piastres, each.method, each.subject)
            for each in payments
            if each.receipt_serial
        }
        wrong = [
            f"receipt {number}: people hold {held.get(number)}, the register has {ours.get(number)}"
            for number in sorted(held.keys() | ours.keys())
            if held.get(number) != ours.get(number)
        ]
        serials = sorted(each.receipt_serial for each in payments if each.receipt_serial)
        if serials != list(range(1, len(serials) + 1)):
            wrong.append(f"serials of receipts: {serials}")
        return Checked("receipts that people hold are those of the register, and their numbers have no gap", len(held), tuple(wrong))

    def _provider(self, payments: list[Any], refunds: list[Any]) -> Iterator[Checked]:
        with sqlite3.connect(self.city.provider.books) as books:
            orders = {row[0]: row[1:] for row in books.execute("SELECT reference, number, piastres, paid, refunded, status FROM orders")}
            moved = list(books.execute("SELECT o.reference, m.kind, m.piastres FROM movements m JOIN orders o USING (number)"))
        came: Counter[str] = Counter()
        went: Counter[str] = Counter()
        for reference, kind, piastres in moved:
            (came if kind == "PAYMENT" else went)[reference] += piastres
        ours = Counter({each.reference: each.piastres for each in payments if each.method == "provider"})
        waiting = {row.reference for row in self.rows("SELECT reference FROM notification WHERE waits") if row.reference}
        wrong = [
            f"{reference}: the provider has {came[reference]}, the register {ours[reference]}"
            for reference in sorted(came.keys() | ours.keys())
            if came[reference] != ours[reference] and reference not in waiting
        ]
        yield Checked(
            "what the provider took is what the register has, order by order",
            len(came),
            tuple(wrong),
            f"{sum(came.values()) / 100:,.2f} pounds, {len(waiting)} wait for a person",
        )
        back = Counter[str]()
        charge = {each.id: each.reference for each in payments}
        for each in refunds:
            if each.method == "provider" and each.state == "done":
                back[charge[each.payment_id]] += each.piastres
        unsure = {charge[each.payment_id] for each in refunds if each.state in ("unclear", "queued", "sending", "refused")}
        wrong = [
            f"{reference}: the provider gave {went[reference]} back, the register says {back[reference]}"
            for reference in sorted(went.keys() | back.keys())
            if went[reference] != back[reference] and reference not in unsure and reference not in self.books.reversed
        ]
        yield Checked(
            "what the provider gave back is what the register says", len(went), tuple(wrong), f"{len(unsure)} are visibly not settled"
        )
        seen = {row.reference for row in self.rows("SELECT reference FROM notification WHERE waits AND outcome = 'refund_unexpected'")}
        wrong = [f"{each}: nobody is told that the provider gave it back" for each in self.books.reversed.keys() - seen]
        wrong += [f"{each}: told as given back, and the provider did not" for each in seen - self.books.reversed.keys()]
        wrong += [
            f"{each}: {piastres} went back unasked, and {went[each]} in all"
            for each, piastres in self.books.reversed.items()
            if went[each] != piastres
        ]
        yield Checked("what the provider gave back unasked waits for a person, and did not go back twice", len(seen), tuple(wrong))
        paid = {reference: order for reference, order in orders.items() if order[2] is not None}
        held = {number for number, _ in self.books.orders.values()}
        wrong = [f"order {order[0]} was paid and nobody did" for order in paid.values() if str(order[0]) not in held]
        wrong += [
            f"order {number} was paid by a citizen, and the provider does not know"
            for number in held - {str(order[0]) for order in paid.values()}
        ]
        yield Checked("what citizens paid at the provider's is in its books", len(held), tuple(wrong))

    def _drawers(self, payments: list[Any], refunds: list[Any]) -> Checked:
        wrong = []
        entries = self.rows("SELECT * FROM drawer_entry")
        by_payment = Counter(each.payment_id for each in entries if each.payment_id)
        for each in payments:
            if (each.method in ("cash", "card")) != (by_payment[each.id] == 1):
                wrong.append(f"payment {each.id} by {each.method} lies in {by_payment[each.id]} drawers")
        by_refund = Counter(each.refund_id for each in entries if each.refund_id)
        for each in refunds:
            if each.method in ("cash", "card") and each.state == "done" and by_refund[each.id] != 1:
                wrong.append(f"refund {each.id} by {each.method} left {by_refund[each.id]} drawers")
        drawers = self.rows("SELECT * FROM drawer")
        for drawer in drawers:
            tallies = sorted(self.rows(f"SELECT * FROM drawer_tally WHERE drawer_id = {drawer.id}"), key=lambda row: row.attempt)
            cash = sum(each.piastres for each in entries if each.drawer_id == drawer.id and each.method == "cash")
            pieces = {
                row.tally_id: row.total
                for row in self.rows("SELECT tally_id, sum(denomination * many) AS total FROM drawer_piece GROUP BY tally_id")
            }
            for each in tallies:
                if pieces.get(each.id, 0) != each.cash:
                    wrong.append(f"drawer {drawer.id}, count {each.attempt}: {each.cash}, its pieces {pieces.get(each.id)}")
            if drawer.state == "closed":
                last = tallies[-1]
                if last.cash_expected != tallies[0].cash + cash or drawer.deposit != last.cash - tallies[0].cash:
                    wrong.append(f"drawer {drawer.id}: expected {last.cash_expected}, moved {cash}, deposit {drawer.deposit}")
                if drawer.witness == drawer.cashier or not drawer.witness:
                    wrong.append(f"drawer {drawer.id} has one name: {drawer.witness}")
        return Checked(
            "drawers: each counter payment lies in one, counts are their pieces, deposits the rest, two names", len(drawers), tuple(wrong)
        )
