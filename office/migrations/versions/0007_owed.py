"""What an application costs is kept with it, line by line, and never reckoned anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0007"
down_revision = "office_0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table. What older applications cost, their bills say (office/applications/owing.py)."""
    op.add_column("application", sa.Column("priced_at", sa.BigInteger))
    op.create_table(
        "application_line",
        sa.Column("application_id", _ID, nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("name_ar", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("quantity", sa.String(200), nullable=False),
        sa.Column("piastres", sa.BigInteger, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("application_id", "place", name="pk_application_line"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_application_line_application_id"),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("application_line")
    op.drop_column("application", "priced_at")
