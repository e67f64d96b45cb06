"""Who applies, encrypted, and who looked at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0016"
down_revision = "office_0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "applicant",
        sa.Column("application_id", _ID, autoincrement=False, nullable=False),
        sa.Column("kid", sa.String(16), nullable=False),
        sa.Column("person", sa.LargeBinary, nullable=False),
        sa.Column("numbers", sa.LargeBinary, nullable=False),
        sa.Column("agent", sa.LargeBinary, nullable=False),
        sa.Column("not_holder", sa.Boolean, nullable=False),
        sa.Column("by_agent", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("application_id", name="pk_applicant"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_applicant_application_id"),
    )
    op.create_index("ix_applicant_kid", "applicant", ["kid"])
    op.create_table(
        "applicant_index",
        sa.Column("application_id", _ID, autoincrement=False, nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("kid", sa.String(16), nullable=False),
        sa.Column("value", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "what", name="pk_applicant_index"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_applicant_index_application_id"),
    )
    op.create_index("ix_applicant_index_value_application_id", "applicant_index", ["value", "application_id"])
    op.create_table(
        "applicant_look",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("why", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_applicant_look"),
    )
    for columns in (["at", "id"], ["authority", "id"], ["actor", "at"], ["application"]):
        op.create_index("_".join(["ix_applicant_look", *columns]), "applicant_look", columns)


def downgrade() -> None:
    """Drop them: who applied is lost."""
    for table in ("applicant_look", "applicant_index", "applicant"):
        op.drop_table(table)
