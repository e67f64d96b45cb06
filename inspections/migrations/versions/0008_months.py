"""What was removed after its time; a month in one index; on PostgreSQL, inspections by the month of their scan, and their names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "inspections_0008"
down_revision = "inspections_0007"
branch_labels = None
depends_on = None

_BATCH = 10_000
_MONTHS_MOST = 120  # of their own; what phones with a wrong clock scanned goes to the default partition

_NAME = """
CREATE TABLE inspection_name (
    id bigint CONSTRAINT pk_inspection_name PRIMARY KEY,
    digest bytea NOT NULL CONSTRAINT uq_inspection_name_digest UNIQUE
);
CREATE FUNCTION inspection_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inspection_name (id, digest) VALUES (NEW.id, NEW.digest);
    RETURN NEW;
END $$;
CREATE FUNCTION inspection_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM inspection_name WHERE id = OLD.id;
    RETURN OLD;
END $$;
"""
_TABLE = """
ALTER TABLE inspection RENAME TO inspection_before;
ALTER TABLE inspection_before RENAME CONSTRAINT pk_inspection TO pk_inspection_before;
CREATE TABLE inspection (LIKE inspection_before INCLUDING DEFAULTS) PARTITION BY RANGE (scanned_at);
ALTER SEQUENCE inspection_id_seq OWNED BY inspection.id;
CREATE TABLE inspection_default PARTITION OF inspection DEFAULT;
"""
_TRIGGERS = """
CREATE TRIGGER inspection_named BEFORE INSERT ON inspection FOR EACH ROW EXECUTE FUNCTION inspection_named();
CREATE TRIGGER inspection_forgotten AFTER DELETE ON inspection FOR EACH ROW EXECUTE FUNCTION inspection_forgotten();
"""


_MONTH = ("ix_inspection_counted", ["authority", "scanned_at", "latitude", "longitude", "result", "officer", "state", "id"])
_REMOVED = (("inspection", "name_removed_at"), ("inspection", "position_removed_at"), ("photograph", "removed_at"))


def upgrade() -> None:
    """Add what says that something was removed, and part the table: rows move in batches, and what refers to one refers to its name."""
    for table, name in _REMOVED:
        op.add_column(table, sa.Column(name, sa.BigInteger))
    op.create_table(
        "inspection_retention",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("before", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_retention"),
    )
    op.create_index(_MONTH[0], "inspection", _MONTH[1])
    op.drop_index("ix_inspection_authority_scanned_at", "inspection")  # what it finds, the new one finds
    _part()


def _part() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    indexes, own, others = _indexes(), _foreign("conrelid"), _foreign("confrelid")
    for table, name, _ in others:
        op.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        op.execute(f'DROP INDEX "{name}"')
    for _, name, _ in own:
        op.execute(f'ALTER TABLE inspection DROP CONSTRAINT "{name}"')
    op.execute("ALTER TABLE inspection DROP CONSTRAINT uq_inspection_digest")
    op.execute(_TABLE)
    _make_months()
    _move()
    op.execute("DROP TABLE inspection_before")
    op.execute("ALTER TABLE inspection ADD CONSTRAINT pk_inspection PRIMARY KEY (id, scanned_at)")
    for _, definition in (*indexes, ("", "CREATE INDEX ix_inspection_digest ON inspection (digest)")):
        op.execute(definition)
    op.execute(_NAME)
    op.execute("INSERT INTO inspection_name (id, digest) SELECT id, digest FROM inspection")
    own.append(("", "fk_inspection_id", "FOREIGN KEY (id) REFERENCES inspection_name (id)"))
    for _, name, definition in own:
        op.execute(f'ALTER TABLE inspection ADD CONSTRAINT "{name}" {definition}')
    for table, name, definition in others:
        op.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition.replace("inspection(id)", "inspection_name(id)")}')
    op.execute(_TRIGGERS)


def downgrade() -> None:
    """Make one table of the months again."""
    _join()
    op.create_index("ix_inspection_authority_scanned_at", "inspection", ["authority", "scanned_at"])
    op.drop_index(_MONTH[0], "inspection")
    op.drop_table("inspection_retention")
    for table, name in _REMOVED:
        op.drop_column(table, name)


def _join() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    indexes, own, others = _indexes(), _foreign("conrelid"), _foreign("confrelid", "inspection_name")
    others = [each for each in others if each[0] != "inspection"]
    op.execute("DROP TRIGGER inspection_named ON inspection; DROP TRIGGER inspection_forgotten ON inspection")
    op.execute("DROP FUNCTION inspection_named, inspection_forgotten")
    for table, name, _ in others:
        op.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for _, name, _ in own:
        op.execute(f'ALTER TABLE inspection DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        op.execute(f'DROP INDEX "{name}"')
    op.execute("ALTER TABLE inspection RENAME TO inspection_before")
    op.execute("ALTER TABLE inspection_before RENAME CONSTRAINT pk_inspection TO pk_inspection_before")
    op.execute("CREATE TABLE inspection (LIKE inspection_before INCLUDING DEFAULTS)")
    op.execute("ALTER SEQUENCE inspection_id_seq OWNED BY inspection.id")
    _move()
    op.execute("DROP TABLE inspection_before; DROP TABLE inspection_name")
    op.execute("ALTER TABLE inspection ADD CONSTRAINT pk_inspection PRIMARY KEY (id)")
    op.execute("ALTER TABLE inspection ADD CONSTRAINT uq_inspection_digest UNIQUE (digest)")
    for name, definition in indexes:
        if name != "ix_inspection_digest":
            op.execute(definition.replace(" ON ONLY ", " ON "))
    for _, name, definition in own:
        if name != "fk_inspection_id":
            op.execute(f'ALTER TABLE inspection ADD CONSTRAINT "{name}" {definition}')
    for table, name, definition in others:
        op.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition.replace("inspection_name(id)", "inspection(id)")}')


def _indexes() -> list[tuple[str, str]]:
    """Return names and definitions of the indexes that are no constraint's."""
    query = """
        SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = 'inspection'::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
        ORDER BY 1
    """
    return [(row[0], row[1]) for row in op.get_bind().execute(sa.text(query))]


def _foreign(side: str, table: str = "inspection") -> list[tuple[str, str, str]]:
    """Return table, name and definition of the foreign keys whose `side` (conrelid, confrelid) is the table, whichever room's they are."""
    query = f"""
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0 AND {side} = '{table}'::regclass ORDER BY 1, 2
    """  # noqa: S608 - both are said here
    return [(row[0], row[1], row[2]) for row in op.get_bind().execute(sa.text(query))]


def _make_months() -> None:
    bound = op.get_bind()
    query = (
        "SELECT DISTINCT to_char(to_timestamp(scanned_at) AT TIME ZONE 'UTC', 'YYYYMM') FROM inspection_before"
        " WHERE scanned_at BETWEEN 1 AND 32503680000"
    )
    newest = bound.scalar(sa.text("SELECT max(arrived_at) FROM inspection_before")) or 0
    found = sorted(int(text) for text in bound.scalars(sa.text(query)))
    last = _after(_after(_month(newest)))
    for month in [each for each in found if each <= last][-_MONTHS_MOST:]:
        op.execute(
            f"CREATE TABLE inspection_{month} PARTITION OF inspection FOR VALUES FROM ({_begin(month)}) TO ({_begin(_after(month))})"
        )


def _month(at: int) -> int:
    moment = datetime.fromtimestamp(at, UTC)
    return moment.year * 100 + moment.month


def _after(month: int) -> int:
    return month + 1 if month % 100 < 12 else month + 89


def _begin(month: int) -> int:
    return int(datetime(month // 100, month % 100, 1, tzinfo=UTC).timestamp())


def _move() -> None:
    bound = op.get_bind()
    least, most = bound.execute(sa.text("SELECT min(id), max(id) FROM inspection_before")).one()
    moved = sa.text("INSERT INTO inspection SELECT * FROM inspection_before WHERE id >= :low AND id < :high")
    for low, high in _spans(least, most):
        bound.execute(moved, {"low": low, "high": high})


def _spans(least: int | None, most: int | None) -> Iterator[tuple[int, int]]:
    for low in range(least or 0, (most or -1) + 1, _BATCH):
        yield low, low + _BATCH
