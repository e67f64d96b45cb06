"""What was found bad, by the checklist's item: read from the signed messages that are here."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from seal import cose, inspection
from seal.errors import SealError

revision = "inspections_0005"
down_revision = "inspections_0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BATCH = 500


def upgrade() -> None:
    """Add the table and fill it, a batch of messages in memory at a time."""
    findings = op.create_table(
        "inspection_finding",
        sa.Column("inspection_id", _ID, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("item", sa.String(48), nullable=False),
        sa.Column("severity", sa.String(8)),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("scanned_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("inspection_id", "position", name="pk_inspection_finding"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="fk_inspection_finding_inspection_id"),
    )
    op.create_index("ix_inspection_finding_item_scanned_at_inspection_id", "inspection_finding", ["item", "scanned_at", "inspection_id"])
    for rows in _batches(op.get_bind()):
        if rows:
            op.bulk_insert(findings, rows)


def _batches(connection: sa.Connection) -> Iterator[list[dict[str, object]]]:
    """Yield what was found bad, by batches of inspections; what cannot be read has no findings."""
    table = sa.table("inspection", *map(sa.column, ("id", "message", "authority", "scanned_at")))
    last = 0
    while True:
        rows = connection.execute(sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_BATCH)).all()
        if not rows:
            return
        last = rows[-1].id
        yield [found for row in rows for found in _found(row)]


def _found(row: sa.Row[tuple[object, ...]]) -> Iterator[dict[str, object]]:
    try:
        held = inspection.from_bytes(cose.from_bytes(bytes(row.message)).payload)
    except SealError:
        return
    for position, each in enumerate(held.findings):
        if each.answer == "bad":
            told = {"inspection_id": row.id, "authority": row.authority, "scanned_at": row.scanned_at}
            yield {**told, "position": position, "item": each.item, "severity": each.severity}


def downgrade() -> None:
    """Take it away."""
    op.drop_table("inspection_finding")
