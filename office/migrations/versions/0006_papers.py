"""Printed papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0006"
down_revision = "office_0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "print",
        sa.Column("id", _ID, nullable=False),
        sa.Column("license_id", _ID, nullable=False),
        sa.Column("edition", sa.SmallInteger, nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("size", sa.String(2), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_print"),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name="fk_print_license_id"),
        sa.UniqueConstraint("license_id", "edition", "serial", name="uq_print_license_id_edition_serial"),
    )
    op.create_index("ix_print_at", "print", ["at"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("print")
