"""How much work somebody has, and what of it is late, is kept, and no longer counted by each look at the board."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "office_0031"
down_revision = "office_0030"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_KEYS = ("authority", "assigned", "state", "due_at", "escalated")
_WORK = ("under_review", "inspection_requested", "objection", "approved", "awaiting_payment", "returned")
_STATES = ", ".join(f"'{state}'" for state in _WORK)
_INTO = f"INSERT INTO work_move ({', '.join(_KEYS)}, step)"
_LEFT, _CAME = (
    f"SELECT {row}.authority, {row}.assigned, {row}.state, coalesce({row}.due_at, 0), {row}.escalated, {step}"
    for row, step in (("OLD", -1), ("NEW", 1))
)

_SQLITE = f"""
CREATE TRIGGER work_entered AFTER INSERT ON application WHEN NEW.state IN ({_STATES}) BEGIN
    {_INTO} {_CAME};
END;
CREATE TRIGGER work_deleted AFTER DELETE ON application WHEN OLD.state IN ({_STATES}) BEGIN
    {_INTO} {_LEFT};
END;
CREATE TRIGGER work_moved AFTER UPDATE OF {", ".join(_KEYS)} ON application
WHEN OLD.authority <> NEW.authority OR OLD.assigned <> NEW.assigned OR OLD.state <> NEW.state
    OR coalesce(OLD.due_at, 0) <> coalesce(NEW.due_at, 0) OR OLD.escalated <> NEW.escalated BEGIN
    {_INTO} {_LEFT} WHERE OLD.state IN ({_STATES});
    {_INTO} {_CAME} WHERE NEW.state IN ({_STATES});
END;
"""
_POSTGRESQL = f"""
CREATE FUNCTION work_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.authority, OLD.assigned, OLD.state, coalesce(OLD.due_at, 0), OLD.escalated)
            = (NEW.authority, NEW.assigned, NEW.state, coalesce(NEW.due_at, 0), NEW.escalated) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        {_INTO} {_LEFT} WHERE OLD.state IN ({_STATES});
    END IF;
    IF TG_OP <> 'DELETE' THEN
        {_INTO} {_CAME} WHERE NEW.state IN ({_STATES});
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER work_counted AFTER INSERT OR DELETE OR UPDATE OF {", ".join(_KEYS)} ON application
FOR EACH ROW EXECUTE FUNCTION work_counted();
"""
_NAMES = ("work_entered", "work_deleted", "work_moved")


def upgrade() -> None:
    """Make both tables, count what waits, and let the database itself keep count from now on."""
    op.create_table(
        "work_count",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("assigned", _ID, nullable=False, autoincrement=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint(*_KEYS, name="pk_work_count"),
    )
    op.create_table(
        "work_move",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("assigned", _ID, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.Column("step", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_work_move"),
    )
    there = sa.table("application", *map(sa.column, _KEYS))
    due_at: sa.ColumnElement[int] = sa.func.coalesce(sa.column("due_at"), sa.literal_column("0"))
    keys: list[sa.ColumnElement[Any]] = [due_at if name == "due_at" else sa.column(name) for name in _KEYS]
    waits = sa.column("state").in_([sa.literal_column(f"'{state}'") for state in _WORK])
    kept = sa.table("work_count", *map(sa.column, (*_KEYS, "total")))
    counted = sa.select(*keys, sa.func.count()).select_from(there).where(waits).group_by(*keys)
    op.execute(sa.insert(kept).from_select([*_KEYS, "total"], counted))
    if op.get_context().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
        return
    for statement in _SQLITE.split("END;\n")[:-1]:  # the driver takes one at a time
        op.execute(f"{statement}END;")


def downgrade() -> None:
    """Forget the counts."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER work_counted ON application")
        op.execute("DROP FUNCTION work_counted()")
    else:
        for name in _NAMES:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("work_move")
    op.drop_table("work_count")
