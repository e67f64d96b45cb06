"""Numbers of the hall's queue, and appointments that citizens book."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0021"
down_revision = "office_0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_STANDS = sa.text("state <> 'cancelled'")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "appointment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("minute", sa.SmallInteger, nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        sa.Column("citizen_id", _ID, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name="fk_appointment_citizen_id"),
    )
    for name, columns in (
        ("uq_appointment_place", ["authority", "day", "minute", "place"]),
        ("uq_appointment_citizen_day", ["citizen_id", "authority", "day"]),
    ):
        op.create_index(name, "appointment", columns, unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS)
    op.create_index("ix_appointment_day", "appointment", ["day"])
    op.create_table(
        "queue_ticket",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("class", sa.String(1), nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("desk", sa.String(12), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("called_at", sa.BigInteger),
        sa.Column("appointment_id", _ID),
        sa.PrimaryKeyConstraint("id", name="pk_queue_ticket"),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name="fk_queue_ticket_appointment_id"),
        sa.UniqueConstraint("appointment_id", name="uq_queue_ticket_appointment_id"),
        sa.UniqueConstraint("authority", "day", "class", "serial", name="uq_queue_ticket_authority_day_class_serial"),
    )
    op.create_index("ix_queue_ticket_day", "queue_ticket", ["day"])
    op.create_table(
        "queue_number",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("class", sa.String(1), nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("authority", "day", "class", name="pk_queue_number"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("queue_number", "queue_ticket", "appointment"):
        op.drop_table(table)
