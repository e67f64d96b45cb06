"""Publications have numbers, by which readers tell which status list is the newer one, and can be void."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register_0015"
down_revision = "register_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give publications a number, a key and whether they are void; those of before have none of it. Make the counter."""
    with op.batch_alter_table("publication") as table:
        table.add_column(sa.Column("sequence", sa.BigInteger))
        table.add_column(sa.Column("kid", sa.LargeBinary(2)))
        table.add_column(sa.Column("voided_by", sa.BigInteger))
        table.create_unique_constraint("uq_publication_sequence", ["sequence"])
    op.create_table(
        "numbering",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("given", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_numbering"),
    )


def downgrade() -> None:
    """Take them away. The numbers that were given stay given: who goes on later begins above what is published."""
    op.drop_table("numbering")
    with op.batch_alter_table("publication") as table:
        table.drop_constraint("uq_publication_sequence", type_="unique")
        table.drop_column("voided_by")
        table.drop_column("kid")
        table.drop_column("sequence")
