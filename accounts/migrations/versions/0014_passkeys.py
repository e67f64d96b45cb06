"""People may have passkeys, and administrators sign with theirs for colleagues' passkeys and roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "accounts_0014"
down_revision = "accounts_0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "account_passkey",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("synced", sa.Boolean, nullable=False),
        sa.Column("enrolled_at", sa.BigInteger, nullable=False),
        sa.Column("enrolment", sa.String(8)),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("confirmed_by", sa.String(32)),
        sa.Column("withdrawn_at", sa.BigInteger),
        sa.Column("withdrawn_by", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_account_passkey"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_passkey_account_id"),
        sa.UniqueConstraint("credential", name="uq_account_passkey_credential"),
    )
    op.create_index("ix_account_passkey_account_id", "account_passkey", ["account_id"])
    op.create_table(
        "account_statement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("claim", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("authenticator_data", sa.LargeBinary, nullable=False),
        sa.Column("client_data", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_statement"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_statement_account_id"),
    )
    op.create_index("ix_account_statement_account_id", "account_statement", ["account_id"])
    op.create_table(
        "account_contact",
        sa.Column("account_id", _ID, nullable=False, autoincrement=False),
        sa.Column("mobile", sa.String(20), nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
        sa.Column("set_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_contact"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_contact_account_id"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("account_contact")
    op.drop_table("account_statement")
    op.drop_table("account_passkey")
