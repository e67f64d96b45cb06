"""Laptops of vans, and the applications that they brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0024"
down_revision = "office_0023"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _devices()
    op.create_table(
        "van_parcel",
        sa.Column("id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("name", sa.LargeBinary(16), nullable=False),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("service", sa.String(48), nullable=False),
        sa.Column("mobile_end", sa.String(4), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("kid", sa.String(16), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("application_id", _ID),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_van_parcel"),
        sa.ForeignKeyConstraint(["device_id"], ["van_device.id"], name="fk_van_parcel_device_id"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_van_parcel_application_id"),
        sa.UniqueConstraint("device_id", "digest", name="uq_van_parcel_device_id_digest"),
    )
    op.create_index("ix_van_parcel_reference", "van_parcel", ["reference"])
    op.create_index("ix_van_parcel_authority_state", "van_parcel", ["authority", "state"])
    op.create_index("ix_van_parcel_application_id", "van_parcel", ["application_id"])
    op.create_index("ix_van_parcel_device_id_name", "van_parcel", ["device_id", "name"])
    op.create_table(
        "van_document",
        sa.Column("parcel_id", _ID, nullable=False, autoincrement=False),
        sa.Column("place", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("there", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("parcel_id", "place", name="pk_van_document"),
        sa.ForeignKeyConstraint(["parcel_id"], ["van_parcel.id"], name="fk_van_document_parcel_id"),
    )
    op.create_index("ix_van_document_digest", "van_document", ["digest"])


def _devices() -> None:
    op.create_table(
        "van_device",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kid", sa.LargeBinary(16), nullable=False),
        sa.Column("key", sa.LargeBinary(64), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("holder_id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("state_at", sa.BigInteger, nullable=False),
        sa.Column("enrolled_at", sa.BigInteger, nullable=False),
        sa.Column("contact_at", sa.BigInteger, nullable=False),
        sa.Column("behind_s", sa.Integer, nullable=False),
        sa.Column("pack_at", sa.BigInteger),
        sa.Column("head_sequence", sa.BigInteger, nullable=False),
        sa.Column("head_digest", sa.LargeBinary(32)),
        sa.PrimaryKeyConstraint("id", name="pk_van_device"),
        sa.UniqueConstraint("kid", name="uq_van_device_kid"),
        sa.UniqueConstraint("token", name="uq_van_device_token"),
    )
    op.create_index("ix_van_device_authority", "van_device", ["authority"])
    op.create_table(
        "van_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.LargeBinary(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("holder_id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("device_id", _ID),
        sa.PrimaryKeyConstraint("id", name="pk_van_code"),
        sa.ForeignKeyConstraint(["device_id"], ["van_device.id"], name="fk_van_code_device_id"),
        sa.UniqueConstraint("code", name="uq_van_code_code"),
    )
    op.create_table(
        "van_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_van_event"),
        sa.ForeignKeyConstraint(["device_id"], ["van_device.id"], name="fk_van_event_device_id"),
    )
    op.create_index("ix_van_event_device_id", "van_event", ["device_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("van_document", "van_parcel", "van_event", "van_code", "van_device"):
        op.drop_table(table)
