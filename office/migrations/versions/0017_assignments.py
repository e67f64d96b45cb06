"""Who has which case, who is away, what comes to whom by itself; notes of colleagues, and who read or changed an applicant's mobile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0017"
down_revision = "office_0016"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_CASE = "application.id"
_INDEXES = (
    ("application", ("assigned", "state", "since", "id")),
    ("application", ("assigned", "authority", "state", "since", "id")),
    ("assignment", ("application_id",)),
    ("assignment", ("account_id", "at")),
    ("assignment", ("account_id", "ended_at")),
    ("absence", ("account_id", "last_day")),
    ("absence", ("last_day",)),
    ("assigning_rule", ("removed_at", "authority")),
    ("case_note", ("application_id",)),
    ("mobile_look", ("application_id",)),
    ("mobile_look", ("at",)),
    ("mobile_change", ("application_id",)),
)


def upgrade() -> None:
    """Make the tables."""
    op.add_column("application", sa.Column("assigned", _ID, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "assignment",
        sa.Column("id", _ID, nullable=False),
        _case(),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("how", sa.String(12), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.String(80)),
        sa.Column("ended_how", sa.String(12)),
        sa.Column("seen_at", sa.BigInteger),
        *_keys("assignment"),
    )
    op.create_table(
        "absence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("stand_in", _ID),
        sa.Column("first_day", sa.String(10), nullable=False),
        sa.Column("last_day", sa.String(10), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.String(80)),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
    )
    _rules()
    _told()
    for table, columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    """Remove them."""
    for table in ("mobile_change", "mobile_look", "case_note", "assigning_member", "assigning_rule", "absence", "assignment"):
        op.drop_table(table)
    for table, columns in _INDEXES[:2]:
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    op.drop_column("application", "assigned")


def _case() -> sa.Column[int]:
    return sa.Column("application_id", _ID, nullable=False)


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    key = sa.PrimaryKeyConstraint("id", name=f"pk_{table}")
    return key, sa.ForeignKeyConstraint(["application_id"], [_CASE], name=f"fk_{table}_application_id")


def _rules() -> None:
    op.create_table(
        "assigning_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("service", sa.String(48), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("removed_at", sa.BigInteger),
        sa.Column("removed_by", sa.String(80)),
        sa.PrimaryKeyConstraint("id", name="pk_assigning_rule"),
    )
    op.create_table(
        "assigning_member",
        sa.Column("rule_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "account_id", name="pk_assigning_member"),
        sa.ForeignKeyConstraint(["rule_id"], ["assigning_rule.id"], name="fk_assigning_member_rule_id"),
    )


def _told() -> None:
    """Make what is kept of notes, looks at mobiles and changes of them."""
    op.create_table(
        "case_note",
        sa.Column("id", _ID, nullable=False),
        _case(),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        *_keys("case_note"),
    )
    op.create_table(
        "mobile_look",
        sa.Column("id", _ID, nullable=False),
        _case(),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("why", sa.String(24), nullable=False),
        *_keys("mobile_look"),
    )
    op.create_table(
        "mobile_change",
        sa.Column("id", _ID, nullable=False),
        _case(),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("old", sa.String(20), nullable=False),
        sa.Column("new", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.String(80)),
        *_keys("mobile_change"),
    )
