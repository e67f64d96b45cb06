"""An objection takes a document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0011"
down_revision = "office_0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_KEY = "fk_attachment_objection_id"


def upgrade() -> None:
    """Let a document name its objection."""
    with op.batch_alter_table("attachment") as table:
        table.add_column(sa.Column("objection_id", _ID))
        table.create_foreign_key(_KEY, "objection", ["objection_id"], ["id"])


def downgrade() -> None:
    """Forget which documents came with objections; they stay."""
    with op.batch_alter_table("attachment") as table:
        table.drop_constraint(_KEY, type_="foreignkey")
        table.drop_column("objection_id")
