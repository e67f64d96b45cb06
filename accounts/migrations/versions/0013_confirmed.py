"""What an administrator gives counts once another one confirmed it: people, their roles, a provider's persons.

What was there before was given by one alone, and stays: it counts as given by the console.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "accounts_0013"
down_revision = "accounts_0012"
branch_labels = None
depends_on = None

_ADDED = {"account": ("invited_by", "confirmed_by"), "account_role": ("granted_by", "confirmed_by"), "account_identity": ("confirmed_by",)}


def upgrade() -> None:
    """Add who gave and who confirmed."""
    for table, columns in _ADDED.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.String(32)))
        op.execute(sa.table(table, sa.column("confirmed_by", sa.String)).update().values(confirmed_by=sa.literal_column("'console'")))
    op.add_column("account", sa.Column("enrolment", sa.String(8)))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("account", "enrolment")
    for table, columns in _ADDED.items():
        for column in columns:
            op.drop_column(table, column)
