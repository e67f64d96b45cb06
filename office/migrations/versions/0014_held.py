"""Messages that tell of a seal wait until it is in the log; those of before go out as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0014"
down_revision = "office_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the position of the seal that a message tells of."""
    op.add_column("message", sa.Column("position", sa.BigInteger))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("message", "position")
