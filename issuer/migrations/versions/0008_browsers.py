"""Known browsers, one-time codes bound to a browser, and receipts that nobody understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "device",
        sa.Column("browser", sa.LargeBinary(32), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("browser", "subject", name="pk_device"),
    )
    op.create_index("ix_device_subject", "device", ["subject"])
    op.create_index("ix_device_last_at", "device", ["last_at"])
    op.add_column("citizen_code", sa.Column("browser", sa.LargeBinary(32)))
    op.create_index("ix_citizen_code_made_at", "citizen_code", ["made_at"])
    op.create_table(
        "message_unread",
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("provider", "day", "reason", name="pk_message_unread"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("message_unread")
    op.drop_index("ix_citizen_code_made_at", "citizen_code")
    op.drop_column("citizen_code", "browser")
    op.drop_table("device")
