"""Applications are found by the mobile that they name, for who proved it."""

from __future__ import annotations

from alembic import op

revision = "office_0010"
down_revision = "office_0008"
branch_labels = None
depends_on = None

_INDEX = "ix_application_mobile_owner"


def upgrade() -> None:
    """Make the index."""
    op.create_index(_INDEX, "application", ["mobile", "owner"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index(_INDEX, "application")
