"""Sealed notices of violations, objections to them, and proposals to suspend or revoke."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "office_0012"
down_revision = "office_0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _delivery() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("delivered_at", sa.BigInteger),
        sa.Column("due", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.String(40)),
    )


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "notice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kid", sa.LargeBinary(2), nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.Column("sealed_at", sa.BigInteger, nullable=False),
        *_delivery(),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("number", name="uq_notice_number"),
    )
    op.create_table(
        "notice_objection",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("mobile", sa.String(16), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("asked_at", sa.BigInteger),
        sa.Column("outcome", sa.String(16)),
        *_delivery(),
        sa.PrimaryKeyConstraint("id", name="pk_notice_objection"),
        sa.UniqueConstraint("reference", name="uq_notice_objection_reference"),
        sa.UniqueConstraint("number", name="uq_notice_objection_number"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("proposal", sa.String(64), nullable=False),
        sa.Column("license", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("violation", sa.String(32)),
        sa.Column("proposed_by", sa.String(80), nullable=False),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.Column("fetched_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("answer", sa.Text),
        *_delivery(),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint("proposal", name="uq_proposal_proposal"),
    )
    for table in ("notice", "notice_objection", "proposal"):
        op.create_index(f"ix_{table}_due", table, ["due"])
    for table in ("notice", "notice_objection"):
        op.create_index(f"ix_{table}_authority_due", table, ["authority", "due"])
    op.create_index("ix_proposal_authority_state", "proposal", ["authority", "state"])


def downgrade() -> None:
    """Drop them: what was sealed is in inspections' database too, what was not delivered is lost."""
    for table in ("proposal", "notice_objection", "notice"):
        op.drop_table(table)
