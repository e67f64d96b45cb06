"""Who a provider's people are here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "accounts_0012"
down_revision = "accounts_0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "account_identity",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("tied_at", sa.BigInteger, nullable=False),
        sa.Column("tied_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_identity"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_identity_account_id"),
        sa.UniqueConstraint("issuer", "subject", name="uq_account_identity_issuer_subject"),
    )
    op.create_index("ix_account_identity_account_id", "account_identity", ["account_id"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("account_identity")
