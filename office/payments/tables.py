"""The tables of the office's money, on the register's metadata. Revision 0004 makes them; a test holds the two together.

Amounts are integer piastres, times seconds since 1970 UTC. Rows of bills' lines, payments and notifications are only ever added.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from acts.guarded import guarded
from office.tables import metadata
from storage.columns import Id, Json, Octets


def _only_one(name: str, column: str, condition: str) -> Index:
    """Return a unique index over the rows that `condition` holds for: both databases keep what no code may get wrong."""
    return Index(name, column, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


bills = Table(
    "bill",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subject", String(40), nullable=False),  # the application's number
    Column("authority", String(4), nullable=False),
    Column("piastres", BigInteger, nullable=False),  # the sum of its lines
    Column("sample", Boolean, nullable=False),  # some line's amount is a sample, not the governorate's
    Column("digest", Octets(32), nullable=False),  # SHA-256 of subject, authority and lines: a bill never changes
    Column("state", String(12), nullable=False),  # open, paid, cancelled
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),  # paid or cancelled
    Index(None, "subject"),
    _only_one("uq_bill_open_subject", "subject", "state = 'open'"),
    info=guarded(),
)

lines = Table(
    "bill_line",
    metadata,
    Column("bill_id", Id, ForeignKey("bill.id"), primary_key=True),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("rule", String(80), nullable=False),
    Column("version", String(40), nullable=False),
    Column("name_ar", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("quantity", String(200), nullable=False),
    Column("piastres", BigInteger, nullable=False),  # negative for a rebate
    Column("sample", Boolean, nullable=False),
    info=guarded(),
)

charges = Table(
    "charge",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bill_id", Id, ForeignKey("bill.id"), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("reference", String(32), nullable=False, unique=True),  # ours; kept before the provider hears of it
    Column("provider_reference", String(32)),  # what the citizen pays by
    Column("piastres", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # chosen, pending, paid, refused, expired, withdrawn, refunded
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("polls", SmallInteger, nullable=False),
    Column("poll_at", BigInteger),  # None: nothing more to ask
    Index(None, "bill_id"),
    Index(None, "poll_at"),
    _only_one("uq_charge_live_bill_id", "bill_id", "state IN ('chosen', 'pending')"),
    info=guarded(besides=("polls", "poll_at")),
)

payments = Table(
    "payment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bill_id", Id, ForeignKey("bill.id"), nullable=False),
    Column("charge_id", Id, ForeignKey("charge.id"), unique=True),  # None at the counter
    Column("authority", String(4), nullable=False),
    Column("method", String(12), nullable=False),  # cash, card, provider
    Column("piastres", BigInteger, nullable=False),
    Column("settles", Boolean, nullable=False),  # False: came on top, and goes back
    Column("by", String(64), nullable=False),  # the cashier's account, or the provider
    Column("at", BigInteger, nullable=False),
    Column("receipt_year", SmallInteger),  # the counter's receipts, without gaps for each authority and year
    Column("receipt_serial", Integer),
    Column("reconciled", String(10)),  # the day of the provider's file that has it
    Column("payer", String(100)),  # who paid at the counter, as the cashier was told; None where nobody asked
    Index(None, "authority", "at"),
    UniqueConstraint("authority", "receipt_year", "receipt_serial"),
    Index(None, "bill_id"),
    _only_one("uq_payment_settling_bill_id", "bill_id", "settles"),
    info=guarded(),
)

receipts = Table(
    "receipt_counter",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),
    info=guarded(),
)

#: Numbers that were left out after a loss (office/recovery): papers with them may be in people's hands, and nothing here bears them.
serial_gaps = Table(
    "serial_gap",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(12), nullable=False),  # application, receipt, deposit
    Column("authority", String(4), nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("first", Integer, nullable=False),
    Column("many", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    info=guarded(),
)

refunds = Table(
    "refund",
    metadata,
    Column("id", Id, primary_key=True),
    Column("payment_id", Id, ForeignKey("payment.id"), nullable=False),
    Column("key", String(64), nullable=False, unique=True),  # whoever asks twice with one key gets one refund
    Column("piastres", BigInteger, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("by", String(64), nullable=False),
    Column("state", String(12), nullable=False),  # queued, sending, unclear, refused, done
    Column("asked_at", BigInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_at", BigInteger),  # None: nothing to do for the worker
    Column("sent_at", BigInteger),
    Column("done_at", BigInteger),
    Column("code", String(40)),  # why the last attempt failed
    Column("reconciled", String(10)),  # the day of the provider's file that has it
    Index(None, "payment_id"),
    Index(None, "next_at"),
    _only_one("uq_refund_sending_payment_id", "payment_id", "state = 'sending'"),
    info=guarded(besides=("attempts", "next_at")),
)

notifications = Table(
    "notification",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", Octets(32), nullable=False, unique=True),  # SHA-256 of the body
    Column("provider", String(16), nullable=False),
    Column("body", Octets, nullable=False),
    Column("reference", String(64)),  # None where the signature did not hold
    Column("status", String(20)),
    Column("piastres", BigInteger),
    Column("outcome", String(20), nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("waits", Boolean, nullable=False),  # for a person to decide
    Column("decided_by", String(64)),
    Column("decided_at", BigInteger),
    Column("note", String(500)),
    Index(None, "outcome", "first_at"),
    Index(None, "reference"),
    info=guarded(besides=("times", "last_at")),
)

reconciliations = Table(
    "reconciliation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("provider", String(16), nullable=False),
    Column("day", String(10), nullable=False),
    Column("digest", Octets(32), nullable=False),  # SHA-256 of the provider's file
    Column("at", BigInteger, nullable=False),
    Column("report", Json(ascii_only=True), nullable=False),  # Reconciliation.as_dict
    Index(None, "day"),
    info=guarded(),
)
