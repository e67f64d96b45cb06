"""Webhooks: endpoints, what waits for them, and each attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inspections_0007"
down_revision = "inspections_0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("authorities", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("state_by", sa.String(32), nullable=False),
        sa.Column("state_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoint"),
    )
    op.create_table(
        "webhook_message",
        sa.Column("id", _ID, nullable=False),
        sa.Column("endpoint_id", _ID, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_message"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoint.id"], name="fk_webhook_message_endpoint_id"),
        sa.UniqueConstraint("name", name="uq_webhook_message_name"),
        sa.UniqueConstraint("endpoint_id", "subject", name="uq_webhook_message_endpoint_id_subject"),
    )
    op.create_index("ix_webhook_message_endpoint_id_state_next_at", "webhook_message", ["endpoint_id", "state", "next_at"])
    op.create_index("ix_webhook_message_state_at", "webhook_message", ["state", "at"])
    op.create_table(
        "webhook_attempt",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.SmallInteger),
        sa.Column("fault", sa.String(24), nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempt"),
        sa.ForeignKeyConstraint(["message_id"], ["webhook_message.id"], name="fk_webhook_attempt_message_id"),
    )
    op.create_index("ix_webhook_attempt_message_id", "webhook_attempt", ["message_id"])


def downgrade() -> None:
    """Take them away."""
    for table in ("webhook_attempt", "webhook_message", "webhook_endpoint"):
        op.drop_table(table)
