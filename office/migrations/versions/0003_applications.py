"""Applications, their documents and history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0003"
down_revision = "office_0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_INDICES = {
    "application": (
        ("authority", "state", "since", "id"),
        ("state", "since", "id"),
        ("authority", "service", "state", "since"),
        ("authority", "decided_at", "service", "submitted_at"),
        ("owner", "id"),
        ("entered_by", "state"),
        ("cell",),
        ("subject",),
        ("issued",),
        ("escalated", "due_at"),
    ),
    "application_event": (("application_id",),),
    "attachment": (("application_id",),),
    "inspection": (("application_id",),),
    "objection": (("application_id",),),
    "application_word": (("application_id", "word"),),
}


def upgrade() -> None:
    """Make the tables."""
    _application()
    _history()
    _attachment()
    _inspection()
    _objection()
    op.create_table(
        "application_serial",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("year", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("authority", "year", name="pk_application_serial"),
    )
    op.create_table(
        "application_word",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("word", _WORD, nullable=False),
        sa.Column("application_id", _ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("authority", "word", "application_id", name="pk_application_word"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_application_word_application_id"),
    )
    for table, indices in _INDICES.items():
        for columns in indices:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _application() -> None:
    op.create_table(
        "application",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("number", sa.String(32)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("service", sa.String(48), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("entered_by", sa.String(80), nullable=False),
        sa.Column("approved_by", sa.String(80)),
        sa.Column("mobile", sa.String(20), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("license", sa.Text),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("cell", sa.BigInteger),
        sa.Column("subject", sa.String(32)),
        sa.Column("issued", sa.String(32)),
        sa.Column("case", sa.Text),
        sa.Column("upheld", sa.Boolean, nullable=False),
        sa.Column("receipt", sa.LargeBinary),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("submitted_at", sa.BigInteger),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.UniqueConstraint("key", name="uq_application_key"),
        sa.UniqueConstraint("number", name="uq_application_number"),
    )


def _of_application(table: str, *columns: sa.Column[object]) -> None:
    """Make a table whose rows belong to one application each."""
    op.create_table(
        table,
        sa.Column("id", _ID, nullable=False),
        sa.Column("application_id", _ID, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=f"fk_{table}_application_id"),
    )


def _history() -> None:
    _of_application(
        "application_event",
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("from_state", sa.String(24), nullable=False),
        sa.Column("to_state", sa.String(24), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _attachment() -> None:
    _of_application(
        "attachment",
        sa.Column("code", sa.String(48), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("media", sa.String(32), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("filename", sa.String(120), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("removed_at", sa.BigInteger),
    )


def _inspection() -> None:
    _of_application(
        "inspection",
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("requested_by", sa.String(80), nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("done_by", sa.String(80)),
        sa.Column("outcome", sa.String(16)),
        sa.Column("stayed_up", sa.String(8)),
        sa.Column("removed_on", sa.String(10)),
        sa.Column("note", sa.Text, nullable=False),
    )


def _objection() -> None:
    _of_application(
        "objection",
        sa.Column("against", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("upheld", sa.Boolean),
        sa.Column("reason", sa.Text),
    )


def downgrade() -> None:
    """Take the tables away."""
    for table in (
        *("application_word", "application_serial", "objection", "inspection"),
        *("attachment", "application_event", "application"),
    ):
        op.drop_table(table)
