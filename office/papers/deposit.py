"""The slip of a drawer's deposit on paper: what was counted, how often, by whom, and what goes to the bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from office import pounds, spelled
from office.payments.drawers.records import Drawer, Tally
from web import writing

from . import press
from .deposit_sheet import CountLine, DepositSheet, Words
from .sheet import Row


class DepositPaper(NamedTuple):
    """A closed drawer with its counts, and what the slip says besides. `names` are those of accounts, by account."""

    drawer: Drawer
    tallies: tuple[Tally, ...]
    first: str
    last: str
    governorate: Words
    authority: Words
    names: Mapping[str, str]


def deposit_paper(facts: DepositPaper) -> bytes:
    """Return the slip as PDF/A-3a on A4. Raises IssuerError `paper_too_full`, `paper_busy`, `paper_failed`."""
    return press.shared().render(of(facts))


def of(facts: DepositPaper) -> DepositSheet:
    """Return the slip of a drawer that is closed and has one."""
    drawer, last = facts.drawer, facts.tallies[-1]
    deposit = drawer.deposit or 0
    return DepositSheet(
        number=drawer.slip,
        governorate=facts.governorate,
        authority=facts.authority,
        rows=tuple(_rows(facts)),
        pieces=tuple((pounds.grouped(one), str(many), pounds.grouped(one * many)) for one, many in last.pieces.items()),
        counts=tuple(_counts(facts)),
        amount=pounds.grouped(deposit),
        amount_in_words=(spelled.arabic(deposit), spelled.english(deposit)),
        reason=drawer.reason or "",
        cashier=drawer.cashier_name,
        witness=drawer.witness_name or "",
        at=drawer.closed_at or drawer.opened_at,
        day=drawer.day,
    )


def _rows(facts: DepositPaper) -> Iterator[Row]:
    drawer, begun, last = facts.drawer, facts.tallies[0], facts.tallies[-1]
    yield Row("يوم الدرج", "Day of the drawer", drawer.day, numeric=True, short=True)
    yield Row("أُغلق", "Closed", writing.moment(drawer.closed_at or 0, "en"), numeric=True, short=True)
    yield Row("العهدة الافتتاحية (تبقى في الخزينة)", "Float (stays in the safe)", pounds.grouped(begun.cash), numeric=True, short=True)
    yield Row("المعدود", "Counted", pounds.grouped(last.cash), numeric=True, short=True)
    yield Row("المنتظر", "Expected", pounds.grouped(last.cash_expected or 0), numeric=True, short=True)
    yield Row("الفرق", "Difference", pounds.grouped(last.difference), numeric=True, short=True)
    card = f"{pounds.grouped(last.card or 0)} / {pounds.grouped(last.card_expected or 0)}"
    yield Row("شريط ماكينة البطاقات / المحصَّل بالبطاقات", "Card machine's slip / taken by card", card, numeric=True, short=True)
    yield Row("الإيصالات", "Receipts", f"{facts.first} – {facts.last}" if facts.first else "—", numeric=True, short=True)


def _counts(facts: DepositPaper) -> Iterator[CountLine]:
    for tally in facts.tallies:
        which = ("العهدة", "Float") if tally.attempt == 0 else (f"العد {tally.attempt}", f"Count {tally.attempt}")
        expected = "—" if tally.cash_expected is None else pounds.grouped(tally.cash_expected)
        difference = "—" if tally.cash_expected is None else pounds.grouped(tally.difference)
        by = facts.names.get(tally.by, tally.by)
        yield CountLine(which, by, writing.moment(tally.at, "en"), expected, pounds.grouped(tally.cash), difference)
