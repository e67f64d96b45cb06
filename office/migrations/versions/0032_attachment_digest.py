"""Who names a document is found by its digest: the sweep of documents read all attachments for each batch of files."""

from __future__ import annotations

from alembic import op

revision = "office_0032"
down_revision = "office_0031"
branch_labels = None
depends_on = None

_NAME = "ix_attachment_digest"


def upgrade() -> None:
    """Make the index."""
    op.create_index(_NAME, "attachment", ["digest"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index(_NAME, "attachment")
