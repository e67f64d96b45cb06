"""Messages to citizens and their links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0005"
down_revision = "office_0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "message",
        sa.Column("id", _ID, nullable=False),
        sa.Column("event", sa.String(96), nullable=False),
        sa.Column("recipient", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("parts", sa.SmallInteger, nullable=False),
        sa.Column("rank", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("lease", sa.String(32)),
        sa.Column("expires", sa.BigInteger),
        sa.Column("error", sa.String(40)),
        sa.Column("enqueued_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("event", name="uq_message_event"),
    )
    op.create_index("ix_message_state_rank_due", "message", ["state", "rank", "due"])
    op.create_index("ix_message_enqueued_at", "message", ["enqueued_at"])
    op.create_table(
        "message_part",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("provider_id", sa.String(65), nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("delivered", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="pk_message_part"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_message_part_message_id"),
        sa.UniqueConstraint("message_id", "round", "number", name="uq_message_part_message_id_round_number"),
    )
    op.create_index("ix_message_part_provider_provider_id", "message_part", ["provider", "provider_id"])
    op.create_index("ix_message_part_sent_at", "message_part", ["sent_at"])
    op.create_table(
        "message_receipt",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("provider_id", sa.String(65), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("error", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_receipt"),
        sa.UniqueConstraint("provider", "provider_id", "outcome", name="uq_message_receipt_provider_provider_id_outcome"),
    )
    op.create_table(
        "keep_link",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("license_id", _ID, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_keep_link"),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name="fk_keep_link_license_id"),
        sa.UniqueConstraint("digest", name="uq_keep_link_digest"),
    )
    op.create_index("ix_keep_link_license_id", "keep_link", ["license_id"])


def downgrade() -> None:
    """Remove the tables."""
    for name in ("keep_link", "message_receipt", "message_part", "message"):
        op.drop_table(name)
