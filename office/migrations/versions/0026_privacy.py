"""Who opened which case and document, and what was deleted when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0026"
down_revision = "office_0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "case_read",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("item", sa.String(80), nullable=False),
        sa.Column("many", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_read"),
    )
    for columns in (["at"], ["authority", "id"], ["actor", "at"], ["application"]):
        op.create_index(f"ix_case_read_{'_'.join(columns)}", "case_read", columns)
    op.create_table(
        "deletion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deletion"),
    )
    op.create_index("ix_deletion_kind_id", "deletion", ["kind", "id"])


def downgrade() -> None:
    """Forget both."""
    op.drop_table("deletion")
    op.drop_table("case_read")
