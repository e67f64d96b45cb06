"""Where photographs of a site were taken, as their cameras said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0023"
down_revision = "office_0021"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "photograph_place",
        sa.Column("attachment_id", _ID, nullable=False, autoincrement=False),
        sa.Column("latitude", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_photograph_place"),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name="fk_photograph_place_attachment_id"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("photograph_place")
