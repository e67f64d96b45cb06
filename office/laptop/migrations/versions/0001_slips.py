"""Provisional slips and what was signed for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "laptop_0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "van_slip",
        sa.Column("id", _ID, nullable=False),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("draft", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("service", sa.String(48), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("likeness", sa.String(200), nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_van_slip"),
        sa.UniqueConstraint("reference", name="uq_van_slip_reference"),
        sa.UniqueConstraint("draft", name="uq_van_slip_draft"),
    )
    op.create_table(
        "van_entry",
        sa.Column("sequence", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("slip_id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("arrived", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_van_entry"),
        sa.ForeignKeyConstraint(["slip_id"], ["van_slip.id"], name="fk_van_entry_slip_id"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("van_entry", "van_slip"):
        op.drop_table(table)
