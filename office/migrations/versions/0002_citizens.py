"""Citizens and the codes that were sent to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0002"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "citizen",
        sa.Column("id", _ID, nullable=False),
        sa.Column("mobile", sa.String(16), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_citizen"),
        sa.UniqueConstraint("mobile", name="uq_citizen_mobile"),
    )
    op.create_table(
        "citizen_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("mobile", sa.String(16), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("code", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_citizen_code"),
    )
    op.create_index("ix_citizen_code_mobile", "citizen_code", ["mobile"])


def downgrade() -> None:
    """Take the tables away."""
    for table in ("citizen_code", "citizen"):
        op.drop_table(table)
