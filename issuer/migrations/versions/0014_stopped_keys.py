"""Stolen keys are stopped in the register, and what is sealed in bulk or changed by command waits for a second person's approval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register_0014"
down_revision = "register_0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of stopped keys and of requests."""
    op.create_table(
        "stopped_key",
        sa.Column("kid", sa.LargeBinary(2), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kid", name="pk_stopped_key"),
    )
    op.create_table(
        "sealing_request",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("authorities", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("prepared_by", sa.String(120), nullable=False),
        sa.Column("prepared_at", sa.BigInteger, nullable=False),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("assertion", sa.LargeBinary),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_sealing_request"),
    )
    op.create_index("ix_sealing_request_digest", "sealing_request", ["digest"])
    op.create_index("ix_sealing_request_state", "sealing_request", ["state"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("sealing_request")
    op.drop_table("stopped_key")
