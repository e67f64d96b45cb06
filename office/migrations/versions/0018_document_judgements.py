"""Documents are accepted or returned one by one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0018"
down_revision = "office_0017"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "document_judgement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("application_id", _ID, nullable=False),
        sa.Column("attachment_id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("ground", sa.String(48), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document_judgement"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_document_judgement_application_id"),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name="fk_document_judgement_attachment_id"),
    )
    op.create_index("ix_document_judgement_application_id", "document_judgement", ["application_id"])


def downgrade() -> None:
    """Forget what was said of documents."""
    op.drop_table("document_judgement")
