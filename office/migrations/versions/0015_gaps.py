"""Numbers of applications and receipts that were left out after a loss."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0015"
down_revision = "office_0014"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "serial_gap",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("year", sa.SmallInteger, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("many", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_serial_gap"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("serial_gap")
