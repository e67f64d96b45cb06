"""Places of the logs whose rows were lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "acts_0013"
down_revision = "acts_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "lost_entry",
        sa.Column("log", sa.String(8), nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("many", sa.Integer, nullable=False),
        sa.Column("entries", sa.LargeBinary, nullable=False),
        sa.Column("statuses", sa.LargeBinary, nullable=False),
        sa.Column("listed_at", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("log", "first", name="pk_lost_entry"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("lost_entry")
