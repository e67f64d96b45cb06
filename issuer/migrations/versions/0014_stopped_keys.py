"""Keys that were stolen are stopped in the register: nothing is sealed with them any more, whoever still has them unlocked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register_0014"
down_revision = "register_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of stopped keys."""
    op.create_table(
        "stopped_key",
        sa.Column("kid", sa.LargeBinary(2), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kid", name="pk_stopped_key"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("stopped_key")
