"""Known browsers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "accounts_0008"
down_revision = "accounts_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "device",
        sa.Column("browser", sa.LargeBinary(32), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("browser", "subject", name="pk_device"),
    )
    op.create_index("ix_device_subject", "device", ["subject"])
    op.create_index("ix_device_last_at", "device", ["last_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("device")
