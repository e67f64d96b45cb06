"""The register: licenses, seals, events, held rows, serials, status lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register_0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "license",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("identity", sa.LargeBinary(32), nullable=False),
        sa.Column("source", sa.LargeBinary(32), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("near_head", sa.BigInteger, nullable=False),
        sa.Column("near_tail", sa.BigInteger, nullable=False),
        sa.Column("skeleton", sa.String(100), nullable=False),
        sa.Column("type", sa.String(24), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("trade_name", sa.String(100), nullable=False),
        sa.Column("latitude", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
        sa.Column("first_day", sa.String(10), nullable=False),
        sa.Column("last_day", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name="pk_license"),
        sa.UniqueConstraint("number", name="uq_license_number"),
        sa.UniqueConstraint("identity", name="uq_license_identity"),
    )
    op.create_index("ix_license_near_head", "license", ["near_head"])
    op.create_index("ix_license_near_tail", "license", ["near_tail"])
    op.create_table(
        "seal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("license_id", _ID, nullable=False),
        sa.Column("edition", sa.SmallInteger, nullable=False),
        sa.Column("cti", sa.LargeBinary(8), nullable=False),
        sa.Column("kid", sa.LargeBinary(2), nullable=False),
        sa.Column("iat", sa.BigInteger, nullable=False),
        sa.Column("list", sa.SmallInteger, nullable=False),
        sa.Column("idx", sa.Integer, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seal"),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name="fk_seal_license_id"),
        sa.UniqueConstraint("cti", name="uq_seal_cti"),
        sa.UniqueConstraint("list", "idx", name="uq_seal_list_idx"),
    )
    op.create_index("ix_seal_license_id", "seal", ["license_id"])
    op.create_index("ix_seal_kid", "seal", ["kid"])
    op.create_table(
        "event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("license_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("edition", sa.SmallInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.ForeignKeyConstraint(["license_id"], ["license.id"], name="fk_event_license_id"),
    )
    op.create_index("ix_event_license_id", "event", ["license_id"])
    op.create_table(
        "held",
        sa.Column("id", _ID, nullable=False),
        sa.Column("identity", sa.LargeBinary(32), nullable=False),
        sa.Column("source", sa.LargeBinary(32), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("twin", sa.String(32), nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("decision", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_held"),
        sa.UniqueConstraint("identity", name="uq_held_identity"),
    )
    op.create_table(
        "publication",
        sa.Column("iat", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("iat", name="pk_publication"),
    )
    op.create_table(
        "serial",
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_serial"),
    )
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("order", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_status_list"),
    )


def downgrade() -> None:
    """Take the tables away."""
    for table in ("status_list", "serial", "publication", "held", "event", "seal", "license"):
        op.drop_table(table)
