"""Licenses are found by holder and address too: the worker makes the index beside its work, `khatm office index` at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0019"
down_revision = "office_0015"
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


def downgrade() -> None:
    """Drop them."""
    op.drop_table("license_index")
    op.drop_index("ix_license_word_license_id_word", "license_word")
    op.drop_table("license_word")
