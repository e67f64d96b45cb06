"""Who changed what: one act for each transaction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "acts_0012"  # the one chain of before, of which this room has nothing, ended at 0011
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "act",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("position", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_act"),
        sa.UniqueConstraint("position", name="uq_act_position"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("act")
