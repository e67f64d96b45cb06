"""Accounts, register and office count their revisions by themselves."""

from __future__ import annotations

revision = "register_0012"
down_revision = "register_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change no table. A program that knows the one chain of before finds a revision here that it does not know, and leaves all alone."""


def downgrade() -> None:
    """Change no table."""
