"""Who changed a license is kept beside what became of it; for changes of before, `khatm audit show event` knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register_0017"
down_revision = "register_0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table, and find requests by what they are about."""
    op.create_table(
        "event_actor",
        sa.Column("event_id", _ID, sa.ForeignKey("event.id", name="fk_event_actor_event_id"), nullable=False, autoincrement=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("request_id", _ID, sa.ForeignKey("sealing_request.id", name="fk_event_actor_request_id")),
        sa.PrimaryKeyConstraint("event_id", name="pk_event_actor"),
    )
    op.create_index("ix_sealing_request_subject", "sealing_request", ["subject"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_sealing_request_subject", "sealing_request")
    op.drop_table("event_actor")
