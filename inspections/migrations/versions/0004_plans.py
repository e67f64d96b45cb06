"""The day's lists in use: an authority's wishes, the model, the lot, and every other order with its reason.

The tables of 0001 are made anew: no program ever wrote to them, and a list that is made again now stands beside the old one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inspections_0004"
down_revision = "inspections_0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Put them in the place of those that nobody used."""
    op.drop_table("plan_stop")
    op.drop_table("plan")
    op.create_table(
        "plan_setting",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("random_share", sa.Integer, nullable=False),
        sa.Column("capacity", sa.SmallInteger, nullable=False),
        sa.Column("start_latitude", sa.Float),
        sa.Column("start_longitude", sa.Float),
        sa.Column("set_at", sa.BigInteger, nullable=False),
        sa.Column("set_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_setting"),
    )
    op.create_index("ix_plan_setting_authority", "plan_setting", ["authority"])
    op.create_table(
        "plan_model",
        sa.Column("id", _ID, nullable=False),
        sa.Column("learnt_until", sa.Date, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_model"),
    )
    op.create_table(
        "plan_lot",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("lot", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_plan_lot"),
    )
    _lists()


def _lists() -> None:
    op.create_table(
        "plan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("random_share", sa.Integer, nullable=False),
        sa.Column("start_latitude", sa.Float, nullable=False),
        sa.Column("start_longitude", sa.Float, nullable=False),
        sa.Column("metres", sa.Integer, nullable=False),
        sa.Column("model_id", _ID),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_plan_account_id"),
        sa.ForeignKeyConstraint(["model_id"], ["plan_model.id"], name="fk_plan_model_id"),
    )
    op.create_index("ix_plan_authority_day", "plan", ["authority", "day"])
    op.create_index("ix_plan_account_id_day", "plan", ["account_id", "day"])
    op.create_table(
        "plan_stop",
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("latitude", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
        sa.Column("chosen", sa.String(8), nullable=False),
        sa.Column("risk", sa.Float),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "position", name="pk_plan_stop"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plan_stop_plan_id"),
    )
    op.create_index("ix_plan_stop_number", "plan_stop", ["number"])
    op.create_table(
        "plan_reorder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.LargeBinary(16), nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("account_id", _ID),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_reorder"),
        sa.UniqueConstraint("name", name="uq_plan_reorder_name"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plan_reorder_plan_id"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_plan_reorder_device_id"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_plan_reorder_account_id"),
    )
    op.create_index("ix_plan_reorder_plan_id", "plan_reorder", ["plan_id"])


def downgrade() -> None:
    """Leave the tables of 0001, empty."""
    for table in ("plan_reorder", "plan_stop", "plan", "plan_lot", "plan_model", "plan_setting"):
        op.drop_table(table)
    op.create_table(
        "plan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("random_percent", sa.SmallInteger, nullable=False),
        sa.Column("model", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_plan_account_id"),
        sa.UniqueConstraint("account_id", "day", name="uq_plan_account_id_day"),
    )
    op.create_index("ix_plan_authority_day", "plan", ["authority", "day"])
    op.create_table(
        "plan_stop",
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("latitude", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
        sa.Column("chosen", sa.String(8), nullable=False),
        sa.Column("risk", sa.Float),
        sa.Column("features", sa.Text, nullable=False),
        sa.Column("order", sa.SmallInteger, nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("inspection_id", _ID),
        sa.PrimaryKeyConstraint("plan_id", "position", name="pk_plan_stop"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="fk_plan_stop_inspection_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plan_stop_plan_id"),
    )
    op.create_index("ix_plan_stop_number", "plan_stop", ["number"])
