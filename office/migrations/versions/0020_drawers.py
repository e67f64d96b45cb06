"""Cashiers' drawers: their floats, counts and deposits, what came into each, and who paid. Payments of before stay as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0020"
down_revision = "office_0019"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NOT_CLOSED = sa.text("state <> 'closed'")


def upgrade() -> None:
    """Make the tables, and the column for who paid."""
    op.add_column("payment", sa.Column("payer", sa.String(100)))
    _drawers()
    _counts()
    op.create_table(
        "drawer_entry",
        sa.Column("id", _ID, nullable=False),
        sa.Column("drawer_id", _ID, nullable=False),
        sa.Column("payment_id", _ID),
        sa.Column("refund_id", _ID),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("piastres", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drawer_entry"),
        sa.ForeignKeyConstraint(["drawer_id"], ["drawer.id"], name="fk_drawer_entry_drawer_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name="fk_drawer_entry_payment_id"),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name="fk_drawer_entry_refund_id"),
        sa.UniqueConstraint("payment_id", name="uq_drawer_entry_payment_id"),
        sa.UniqueConstraint("refund_id", name="uq_drawer_entry_refund_id"),
    )
    op.create_index("ix_drawer_entry_drawer_id", "drawer_entry", ["drawer_id"])
    op.create_table(
        "deposit_counter",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("year", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("authority", "year", name="pk_deposit_counter"),
    )


def _drawers() -> None:
    op.create_table(
        "drawer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("cashier", sa.String(64), nullable=False),
        sa.Column("cashier_name", sa.String(100), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("counted_at", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("reason", sa.String(300)),
        sa.Column("witness", sa.String(64)),
        sa.Column("witness_name", sa.String(100)),
        sa.Column("deposit", sa.BigInteger),
        sa.Column("deposit_year", sa.SmallInteger),
        sa.Column("deposit_serial", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_drawer"),
        sa.UniqueConstraint("authority", "deposit_year", "deposit_serial", name="uq_drawer_authority_deposit_year_deposit_serial"),
    )
    unique = {"unique": True, "sqlite_where": _NOT_CLOSED, "postgresql_where": _NOT_CLOSED}
    op.create_index("uq_drawer_open_authority_cashier", "drawer", ["authority", "cashier"], **unique)  # type: ignore[arg-type]
    op.create_index("ix_drawer_authority_day", "drawer", ["authority", "day"])


def _counts() -> None:
    op.create_table(
        "drawer_tally",
        sa.Column("id", _ID, nullable=False),
        sa.Column("drawer_id", _ID, nullable=False),
        sa.Column("attempt", sa.SmallInteger, nullable=False),
        sa.Column("cash", sa.BigInteger, nullable=False),
        sa.Column("cash_expected", sa.BigInteger),
        sa.Column("card", sa.BigInteger),
        sa.Column("card_expected", sa.BigInteger),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drawer_tally"),
        sa.ForeignKeyConstraint(["drawer_id"], ["drawer.id"], name="fk_drawer_tally_drawer_id"),
        sa.UniqueConstraint("drawer_id", "attempt", name="uq_drawer_tally_drawer_id_attempt"),
    )
    op.create_table(
        "drawer_piece",
        sa.Column("tally_id", _ID, nullable=False),
        sa.Column("denomination", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("many", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tally_id", "denomination", name="pk_drawer_piece"),
        sa.ForeignKeyConstraint(["tally_id"], ["drawer_tally.id"], name="fk_drawer_piece_tally_id"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("deposit_counter", "drawer_entry", "drawer_piece", "drawer_tally", "drawer"):
        op.drop_table(table)
    op.drop_column("payment", "payer")
