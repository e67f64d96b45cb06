"""When the office refused a slip: what nobody mends does not stay on a laptop for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "laptop_0002"
down_revision = "laptop_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; slips that were refused before are told of again, and count from then on."""
    op.add_column("van_slip", sa.Column("refused_at", sa.BigInteger))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("van_slip", "refused_at")
