"""Bills, payments, notifications and refunds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0004"
down_revision = "office_0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _bills()
    _charges()
    _payments()
    _refunds()
    _notifications()
    op.create_table(
        "reconciliation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
    )
    op.create_index("ix_reconciliation_day", "reconciliation", ["day"])


def _only_one(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)


def _bills() -> None:
    op.create_table(
        "bill",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("piastres", sa.BigInteger, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_bill"),
    )
    op.create_index("ix_bill_subject", "bill", ["subject"])
    _only_one("uq_bill_open_subject", "bill", "subject", "state = 'open'")
    op.create_table(
        "bill_line",
        sa.Column("bill_id", _ID, nullable=False),
        sa.Column("place", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("name_ar", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("quantity", sa.String(200), nullable=False),
        sa.Column("piastres", sa.BigInteger, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("bill_id", "place", name="pk_bill_line"),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name="fk_bill_line_bill_id"),
    )


def _charges() -> None:
    op.create_table(
        "charge",
        sa.Column("id", _ID, nullable=False),
        sa.Column("bill_id", _ID, nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("provider_reference", sa.String(32)),
        sa.Column("piastres", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("polls", sa.SmallInteger, nullable=False),
        sa.Column("poll_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_charge"),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name="fk_charge_bill_id"),
        sa.UniqueConstraint("reference", name="uq_charge_reference"),
    )
    op.create_index("ix_charge_bill_id", "charge", ["bill_id"])
    op.create_index("ix_charge_poll_at", "charge", ["poll_at"])
    _only_one("uq_charge_live_bill_id", "charge", "bill_id", "state IN ('chosen', 'pending')")


def _payments() -> None:
    op.create_table(
        "payment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("bill_id", _ID, nullable=False),
        sa.Column("charge_id", _ID),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("piastres", sa.BigInteger, nullable=False),
        sa.Column("settles", sa.Boolean, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("receipt_year", sa.SmallInteger),
        sa.Column("receipt_serial", sa.Integer),
        sa.Column("reconciled", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name="pk_payment"),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name="fk_payment_bill_id"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_payment_charge_id"),
        sa.UniqueConstraint("charge_id", name="uq_payment_charge_id"),
        sa.UniqueConstraint("authority", "receipt_year", "receipt_serial", name="uq_payment_authority_receipt_year_receipt_serial"),
    )
    op.create_index("ix_payment_authority_at", "payment", ["authority", "at"])
    op.create_index("ix_payment_bill_id", "payment", ["bill_id"])
    _only_one("uq_payment_settling_bill_id", "payment", "bill_id", "settles")
    op.create_table(
        "receipt_counter",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("year", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("authority", "year", name="pk_receipt_counter"),
    )


def _refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("id", _ID, nullable=False),
        sa.Column("payment_id", _ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("piastres", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("code", sa.String(40)),
        sa.Column("reconciled", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name="pk_refund"),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name="fk_refund_payment_id"),
        sa.UniqueConstraint("key", name="uq_refund_key"),
    )
    op.create_index("ix_refund_payment_id", "refund", ["payment_id"])
    op.create_index("ix_refund_next_at", "refund", ["next_at"])
    _only_one("uq_refund_sending_payment_id", "refund", "payment_id", "state = 'sending'")


def _notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("reference", sa.String(64)),
        sa.Column("status", sa.String(20)),
        sa.Column("piastres", sa.BigInteger),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("waits", sa.Boolean, nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("note", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.UniqueConstraint("digest", name="uq_notification_digest"),
    )
    op.create_index("ix_notification_outcome_first_at", "notification", ["outcome", "first_at"])
    op.create_index("ix_notification_reference", "notification", ["reference"])


def downgrade() -> None:
    """Take the tables away."""
    for table in ("reconciliation", "notification", "refund", "receipt_counter", "payment", "charge", "bill_line", "bill"):
        op.drop_table(table)
