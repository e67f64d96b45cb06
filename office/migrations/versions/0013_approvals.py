"""Approvals that people signed with their passkeys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0013"
down_revision = "office_0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "approval",
        sa.Column("id", _ID, nullable=False),
        sa.Column("application_id", _ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("authenticator_data", sa.LargeBinary, nullable=False),
        sa.Column("client_data", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("license", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_approval_application_id"),
        sa.UniqueConstraint("digest", name="uq_approval_digest"),
        sa.UniqueConstraint("application_id", "version", "account", name="uq_approval_application_id_version_account"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("approval")
