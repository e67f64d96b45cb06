"""The tables of drawers, on the office's list. Revision 0020 makes them. Piastres, seconds since 1970 UTC.

Rows of tallies, pieces and entries are only ever added: a count that was wrong is followed by another one, and both stay.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, UniqueConstraint, text

from acts.guarded import guarded
from office.payments.tables import payments, refunds
from office.tables import metadata
from storage.columns import Id

_NOT_CLOSED = text("state <> 'closed'")

drawers = Table(
    "drawer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("cashier", String(64), nullable=False),  # the account whose drawer it is
    Column("cashier_name", String(100), nullable=False),  # as it was on that day: what stands on papers
    Column("day", String(10), nullable=False),  # of Cairo; it takes money on this day alone
    Column("state", String(8), nullable=False),  # open, counted, closed
    Column("opened_at", BigInteger, nullable=False),
    Column("counted_at", BigInteger),  # the first count; nothing comes or goes from then on
    Column("closed_at", BigInteger),
    Column("reason", String(300)),  # why the last count differs from what was expected
    Column("witness", String(64)),  # the second account
    Column("witness_name", String(100)),
    Column("deposit", BigInteger),  # what goes to the bank: the cash of the last count without the float
    Column("deposit_year", SmallInteger),  # slips have no gaps for each authority and year; None where nothing goes to the bank
    Column("deposit_serial", Integer),
    Index("uq_drawer_open_authority_cashier", "authority", "cashier", unique=True, sqlite_where=_NOT_CLOSED, postgresql_where=_NOT_CLOSED),
    Index(None, "authority", "day"),
    UniqueConstraint("authority", "deposit_year", "deposit_serial"),
    info=guarded(),
)

tallies = Table(
    "drawer_tally",
    metadata,
    Column("id", Id, primary_key=True),
    Column("drawer_id", Id, ForeignKey("drawer.id"), nullable=False),
    Column("attempt", SmallInteger, nullable=False),  # 0 is the float, 1 the first count at the end
    Column("cash", BigInteger, nullable=False),  # the sum of its pieces
    Column("cash_expected", BigInteger),  # None for the float
    Column("card", BigInteger),  # what the card machine's slip says
    Column("card_expected", BigInteger),
    Column("by", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("drawer_id", "attempt"),
    info=guarded(),
)

pieces = Table(
    "drawer_piece",
    metadata,
    Column("tally_id", Id, ForeignKey("drawer_tally.id"), primary_key=True),
    Column("denomination", Integer, primary_key=True, autoincrement=False),  # piastres of one note or coin
    Column("many", Integer, nullable=False),
    info=guarded(),
)

entries = Table(
    "drawer_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("drawer_id", Id, ForeignKey("drawer.id"), nullable=False),
    Column("payment_id", Id, ForeignKey(payments.c.id), unique=True),  # what came, or
    Column("refund_id", Id, ForeignKey(refunds.c.id), unique=True),  # what left
    Column("method", String(12), nullable=False),  # cash, card
    Column("piastres", BigInteger, nullable=False),  # negative for what left
    Index(None, "drawer_id"),
    info=guarded(),
)

deposits = Table(
    "deposit_counter",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),
    info=guarded(),
)
