"""How many inspections there are by day, and when each license was last seen: counted once from those that are here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from alembic import op

from seal import days

revision = "inspections_0009"
down_revision = "inspections_0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_EPOCH, _LAST = date(1970, 1, 1).toordinal(), date(9999, 12, 30)
_LATEST = days.start_of(_LAST)
_BLOCK = 512  # licenses, two octets each
_COUNT = """
INSERT INTO inspection_count (day, authority, officer, device_id, result, state, number)
SELECT :day, authority, officer, device_id, result, state, count(*) FROM inspection WHERE scanned_at >= :begin AND scanned_at < :end
GROUP BY authority, officer, device_id, result, state
"""


def upgrade() -> None:
    """Add the tables and fill them."""
    op.create_table(
        "inspection_count",
        sa.Column("day", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("officer", sa.String(32), nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "authority", "officer", "device_id", "result", "state", name="pk_inspection_count"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_inspection_count_device_id"),
    )
    sightings = op.create_table(
        "license_sighting",
        sa.Column("block", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("days", sa.LargeBinary(1024), nullable=False),
        sa.PrimaryKeyConstraint("block", name="pk_license_sighting"),
    )
    bound = op.get_bind()
    for day, begin, end in _days(bound):
        bound.execute(sa.text(_COUNT), {"day": day.toordinal() - _EPOCH, "begin": begin, "end": end})
    if rows := [{"block": block, "days": bytes(held)} for block, held in sorted(_seen(bound).items())]:
        bound.execute(sightings.insert(), rows)


def _days(bound: sa.Connection) -> Iterator[tuple[date, int, int]]:
    """Yield each day of Cairo on which something was scanned, with its first second and that after its last."""
    end = 0
    while (at := bound.scalar(sa.text("SELECT min(scanned_at) FROM inspection WHERE scanned_at >= :end"), {"end": end})) is not None:
        day = days.day_of(min(at, _LATEST))
        end = days.exp_of(day) if day < _LAST else 1 << 53
        yield day, days.start_of(day), end


def _seen(bound: sa.Connection) -> dict[int, bytearray]:
    """Return when each license was last scanned, by block: days since 1970, two octets each."""
    found: dict[int, bytearray] = {}
    query = sa.text("SELECT number, max(scanned_at) FROM inspection WHERE number IS NOT NULL GROUP BY number")
    for number, at in bound.execute(query):
        _, _, year, serial, _ = number.split("-")
        block, slot = divmod((int(year) - 2000) << 24 | int(serial), _BLOCK)
        held, day = found.setdefault(block, bytearray(2 * _BLOCK)), days.day_of(min(at, _LATEST)).toordinal() - _EPOCH
        place = slice(2 * slot, 2 * slot + 2)
        held[place] = max(bytes(held[place]), min(max(day, 1), 0xFFFF).to_bytes(2, "big"))
    return found


def downgrade() -> None:
    """Take them away: what they say is in the inspections."""
    op.drop_table("license_sighting")
    op.drop_table("inspection_count")
