"""How many applications stand where is kept, and no longer counted by each report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0030"
down_revision = "office_0026"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_KEYS = ("authority", "service", "state")
_INTO = "INSERT INTO application_move (authority, service, state, step)"
_LEFT, _CAME = (f"SELECT {row}.authority, {row}.service, {row}.state, {step}" for row, step in (("OLD", -1), ("NEW", 1)))

_SQLITE = f"""
CREATE TRIGGER application_entered AFTER INSERT ON application WHEN NEW.state <> 'draft' BEGIN
    {_INTO} {_CAME};
END;
CREATE TRIGGER application_deleted AFTER DELETE ON application WHEN OLD.state <> 'draft' BEGIN
    {_INTO} {_LEFT};
END;
CREATE TRIGGER application_moved AFTER UPDATE OF authority, service, state ON application
WHEN OLD.authority <> NEW.authority OR OLD.service <> NEW.service OR OLD.state <> NEW.state BEGIN
    {_INTO} {_LEFT} WHERE OLD.state <> 'draft';
    {_INTO} {_CAME} WHERE NEW.state <> 'draft';
END;
"""
_POSTGRESQL = f"""
CREATE FUNCTION application_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.authority, OLD.service, OLD.state) = (NEW.authority, NEW.service, NEW.state) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        {_INTO} {_LEFT} WHERE OLD.state <> 'draft';
    END IF;
    IF TG_OP <> 'DELETE' THEN
        {_INTO} {_CAME} WHERE NEW.state <> 'draft';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER application_counted AFTER INSERT OR DELETE OR UPDATE OF authority, service, state ON application
FOR EACH ROW EXECUTE FUNCTION application_counted();
"""
_NAMES = ("application_entered", "application_deleted", "application_moved")


def upgrade() -> None:
    """Make both tables, count what is there, and let the database itself keep count from now on."""
    op.create_table(
        "application_count",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("service", sa.String(48), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("authority", "service", "state", name="pk_application_count"),
    )
    op.create_table(
        "application_move",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("service", sa.String(48), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("step", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application_move"),
    )
    there = sa.table("application", *map(sa.column, _KEYS))
    keys: list[sa.ColumnClause[str]] = [sa.column(name) for name in _KEYS]
    counted = sa.select(*keys, sa.func.count()).select_from(there).where(sa.column("state") != sa.literal_column("'draft'"))
    kept = sa.table("application_count", *map(sa.column, (*_KEYS, "total")))
    op.execute(sa.insert(kept).from_select([*_KEYS, "total"], counted.group_by(*keys)))
    if op.get_context().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
        return
    for statement in _SQLITE.split("END;\n")[:-1]:  # the driver takes one at a time
        op.execute(f"{statement}END;")


def downgrade() -> None:
    """Forget the counts."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER application_counted ON application")
        op.execute("DROP FUNCTION application_counted()")
    else:
        for name in _NAMES:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("application_move")
    op.drop_table("application_count")
