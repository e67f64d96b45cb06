"""What the license office tells about the applications that concern a license."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inspections_0011"
down_revision = "inspections_0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "license_application",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("name_ar", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("subject", sa.String(32)),
        sa.Column("issued", sa.String(32)),
        sa.Column("office_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_license_application"),
        sa.UniqueConstraint("number", name="uq_license_application_number"),
    )
    for columns in (("since", "office_id"), ("subject",), ("issued",)):
        op.create_index(f"ix_license_application_{'_'.join(columns)}", "license_application", list(columns))


def downgrade() -> None:
    """Remove it."""
    op.drop_table("license_application")
