"""Which license follows which, and names found by their beginning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register_0003"
down_revision = "register_0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table and the indices."""
    op.create_table(
        "license_link",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("previous", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_license_link"),
        sa.UniqueConstraint("number", "previous", name="uq_license_link_number_previous"),
    )
    op.create_index("ix_license_link_previous", "license_link", ["previous"])
    op.create_index("ix_license_skeleton", "license", ["skeleton"], postgresql_ops={"skeleton": "text_pattern_ops"})


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_license_skeleton", "license")
    op.drop_table("license_link")
