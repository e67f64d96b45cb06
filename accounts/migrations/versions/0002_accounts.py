"""Staff, their sessions and those of citizens, and what was guessed at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "accounts_0002"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _staff()
    op.create_table(
        "attempt",
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("made", sa.Integer, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_attempt"),
    )
    op.create_index("ix_attempt_last_at", "attempt", ["last_at"])
    op.create_table(
        "session",
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("realm", sa.String(8), nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_session"),
    )
    op.create_index("ix_session_realm_subject", "session", ["realm", "subject"])


def _staff() -> None:
    op.create_table(
        "account",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("display", sa.String(100), nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("totp", sa.String(64)),
        sa.Column("totp_step", sa.BigInteger, nullable=False),
        sa.Column("invitation", sa.LargeBinary(32)),
        sa.Column("invitation_until", sa.BigInteger),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.UniqueConstraint("invitation", name="uq_account_invitation"),
    )
    op.create_table(
        "account_role",
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "authority", "role", name="pk_account_role"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_role_account_id"),
    )
    op.create_table(
        "account_recovery",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("code", sa.LargeBinary(32), nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_account_recovery"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_recovery_account_id"),
    )
    op.create_index("ix_account_recovery_account_id", "account_recovery", ["account_id"])
    op.create_table(
        "account_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_event"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_event_account_id"),
    )
    op.create_index("ix_account_event_account_id", "account_event", ["account_id"])


def downgrade() -> None:
    """Take the tables away."""
    tables = ("session", "attempt", "account_event", "account_recovery", "account_role", "account")
    for table in tables:
        op.drop_table(table)
