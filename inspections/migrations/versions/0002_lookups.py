"""What the police looked up; and indexes for lists of all authorities, and for what of an authority was seen when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inspections_0002"
down_revision = "inspections_0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INDEXES = {
    "ix_inspection_scanned_at": ["scanned_at"],
    "ix_inspection_license_authority_number_scanned_at": ["license_authority", "number", "scanned_at"],
}


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "inspection_lookup",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("asked", sa.String(200), nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_lookup"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_inspection_lookup_account_id"),
    )
    op.create_index("ix_inspection_lookup_account_id_at", "inspection_lookup", ["account_id", "at"])
    op.create_index("ix_inspection_lookup_at", "inspection_lookup", ["at"])
    for name, columns in _INDEXES.items():
        op.create_index(name, "inspection", columns)


def downgrade() -> None:
    """Remove them."""
    for name in _INDEXES:
        op.drop_index(name, "inspection")
    op.drop_table("inspection_lookup")
