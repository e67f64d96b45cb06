"""Places in status lists are given one after another, as positions of the log; the lists of before are closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register_0013"
down_revision = "register_0012"
branch_labels = None
depends_on = None

_FULL: sa.ColumnElement[int] = sa.literal_column("65536")  # entries of a list, as it was then


def upgrade() -> None:
    """Close every list: its places were drawn at random, and those that nobody got stay void. The next seal begins a list of its own."""
    op.execute(sa.table("status_list", sa.column("used")).update().values(used=_FULL))
    op.drop_column("status_list", "order")
    op.create_table(
        "log_head",
        sa.Column("name", sa.String(8), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("checkpoint", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_log_head"),
    )


def downgrade() -> None:
    """Take the table away. The lists stay closed: nobody needs an order of what is left in them."""
    op.drop_table("log_head")
    op.add_column("status_list", sa.Column("order", sa.LargeBinary, nullable=False, server_default=sa.text("''")))
