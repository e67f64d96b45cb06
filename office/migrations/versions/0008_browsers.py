"""One-time codes bound to a browser, and receipts that nobody understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0008"
down_revision = "office_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column, the index and the table."""
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
