"""Licenses are found by holder and address, by an index that the worker makes (`khatm office index`: at once); imports at the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0019"
down_revision = "office_0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, empty: what is in them is made of licenses, a part at a time."""
    op.create_table(
        "license_word",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("word", _WORD, nullable=False),
        sa.Column("license_id", _ID, sa.ForeignKey("license.id", name="fk_license_word_license_id"), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("authority", "word", "license_id", name="pk_license_word"),
    )
    op.create_index("ix_license_word_license_id_word", "license_word", ["license_id", "word"])
    op.create_table(
        "license_index",
        sa.Column("name", sa.String(8), nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_license_index"),
    )
    _imports()


def _imports() -> None:
    op.create_table(
        "license_import",
        sa.Column("id", _ID, nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("headings", sa.Text, nullable=False),
        sa.Column("authorities", sa.Text, nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("apply", sa.Boolean, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("request_id", _ID, sa.ForeignKey("sealing_request.id", name="fk_license_import_request_id")),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_license_import"),
    )
    op.create_index("ix_license_import_request_id", "license_import", ["request_id"])
    op.create_table(
        "license_import_row",
        sa.Column("import_id", _ID, sa.ForeignKey("license_import.id", name="fk_license_import_row_import_id"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("edited", sa.Boolean, nullable=False),
        sa.Column("dropped", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("faults", sa.Text, nullable=False),
        sa.Column("entry", sa.Text),
        sa.Column("result", sa.String(12)),
        sa.PrimaryKeyConstraint("import_id", "line", name="pk_license_import_row"),
    )
    op.create_index("ix_license_import_row_import_id_outcome_line", "license_import_row", ["import_id", "outcome", "line"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("license_import_row")
    op.drop_table("license_import")
    op.drop_table("license_index")
    op.drop_index("ix_license_word_license_id_word", "license_word")
    op.drop_table("license_word")
