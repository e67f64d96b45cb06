"""Devices, inspections with their photographs and verdicts, alerts, and the day's lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inspections_0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = (
    "inspection_device",
    "plan",
    "alert",
    "enrolment_code",
    "inspection",
    "inspection_device_event",
    "inspection_device_sign_in",
    "photograph",
    "alert_event",
    "alert_inspection",
    "evaluation",
    "inspection_photograph",
    "plan_stop",
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "inspection_device",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kid", sa.LargeBinary(16), nullable=False),
        sa.Column("key", sa.LargeBinary(64), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("holder_id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("state_at", sa.BigInteger, nullable=False),
        sa.Column("enrolled_at", sa.BigInteger, nullable=False),
        sa.Column("app", sa.String(40), nullable=False),
        sa.Column("protocol", sa.SmallInteger, nullable=False),
        sa.Column("contact_at", sa.BigInteger, nullable=False),
        sa.Column("unsent", sa.Integer, nullable=False),
        sa.Column("told_sequence", sa.BigInteger, nullable=False),
        sa.Column("told_digest", sa.LargeBinary(32)),
        sa.Column("head_sequence", sa.BigInteger, nullable=False),
        sa.Column("head_digest", sa.LargeBinary(32)),
        sa.Column("successor_id", _ID),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_device"),
        sa.ForeignKeyConstraint(["holder_id"], ["account.id"], name="fk_inspection_device_holder_id"),
        sa.ForeignKeyConstraint(["successor_id"], ["inspection_device.id"], name="fk_inspection_device_successor_id"),
        sa.UniqueConstraint("kid", name="uq_inspection_device_kid"),
        sa.UniqueConstraint("token", name="uq_inspection_device_token"),
    )
    op.create_index("ix_inspection_device_authority", "inspection_device", ["authority"])
    op.create_index("ix_inspection_device_holder_id", "inspection_device", ["holder_id"])
    op.create_index("ix_inspection_device_successor_id", "inspection_device", ["successor_id"])
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
        "alert",
        sa.Column("id", _ID, nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("number", sa.String(32)),
        sa.Column("device_id", _ID),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("renewed_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("score", sa.Float),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_alert_device_id"),
        sa.UniqueConstraint("rule", "subject", name="uq_alert_rule_subject"),
    )
    op.create_index("ix_alert_authority_closed_at", "alert", ["authority", "closed_at"])
    op.create_index("ix_alert_number", "alert", ["number"])
    op.create_table(
        "enrolment_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.LargeBinary(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("holder_id", _ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("beside", sa.Boolean, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("device_id", _ID),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment_code"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_enrolment_code_device_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["account.id"], name="fk_enrolment_code_holder_id"),
        sa.UniqueConstraint("code", name="uq_enrolment_code_code"),
    )
    op.create_index("ix_enrolment_code_holder_id", "enrolment_code", ["holder_id"])
    op.create_table(
        "inspection",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cti", sa.LargeBinary(16), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("previous", sa.LargeBinary(32)),
        sa.Column("chain", sa.String(8), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("officer", sa.String(32), nullable=False),
        sa.Column("account_id", _ID),
        sa.Column("scanned_at", sa.BigInteger, nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("brought_by", sa.String(32), nullable=False),
        sa.Column("app", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("number", sa.String(32)),
        sa.Column("license_authority", sa.String(4)),
        sa.Column("seen_type", sa.String(40), nullable=False),
        sa.Column("seen_name", sa.String(200), nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("accuracy_m", sa.Float),
        sa.Column("decision", sa.String(10)),
        sa.Column("seal", sa.String(12)),
        sa.Column("place", sa.String(12)),
        sa.Column("reason", sa.String(40)),
        sa.Column("severity", sa.String(8)),
        sa.PrimaryKeyConstraint("id", name="pk_inspection"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_inspection_account_id"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_inspection_device_id"),
        sa.UniqueConstraint("digest", name="uq_inspection_digest"),
    )
    op.create_index("ix_inspection_account_id_scanned_at", "inspection", ["account_id", "scanned_at"])
    op.create_index("ix_inspection_arrived_at", "inspection", ["arrived_at"])
    op.create_index("ix_inspection_authority_scanned_at", "inspection", ["authority", "scanned_at"])
    op.create_index("ix_inspection_cti", "inspection", ["cti"])
    op.create_index("ix_inspection_device_id_sequence", "inspection", ["device_id", "sequence"])
    op.create_index("ix_inspection_number_scanned_at", "inspection", ["number", "scanned_at"])
    op.create_table(
        "inspection_device_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_device_event"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_inspection_device_event_device_id"),
    )
    op.create_index("ix_inspection_device_event_device_id", "inspection_device_event", ["device_id"])
    op.create_table(
        "inspection_device_sign_in",
        sa.Column("id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_device_sign_in"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_inspection_device_sign_in_account_id"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_inspection_device_sign_in_device_id"),
    )
    op.create_index("ix_inspection_device_sign_in_account_id", "inspection_device_sign_in", ["account_id"])
    op.create_index("ix_inspection_device_sign_in_device_id_begun_at", "inspection_device_sign_in", ["device_id", "begun_at"])
    op.create_table(
        "photograph",
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.SmallInteger, nullable=False),
        sa.Column("height", sa.SmallInteger, nullable=False),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("device_id", _ID),
        sa.PrimaryKeyConstraint("sha256", name="pk_photograph"),
        sa.ForeignKeyConstraint(["device_id"], ["inspection_device.id"], name="fk_photograph_device_id"),
    )
    op.create_index("ix_photograph_arrived_at", "photograph", ["arrived_at"])
    op.create_table(
        "alert_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_event"),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_event_alert_id"),
    )
    op.create_index("ix_alert_event_alert_id", "alert_event", ["alert_id"])
    op.create_table(
        "alert_inspection",
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("inspection_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "inspection_id", name="pk_alert_inspection"),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_inspection_alert_id"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="fk_alert_inspection_inspection_id"),
    )
    op.create_index("ix_alert_inspection_inspection_id", "alert_inspection", ["inspection_id"])
    op.create_table(
        "evaluation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("inspection_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("trust_sequence", sa.BigInteger, nullable=False),
        sa.Column("status_iat", sa.BigInteger, nullable=False),
        sa.Column("decision", sa.String(10), nullable=False),
        sa.Column("seal", sa.String(12), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("distance_dm", sa.Integer),
        sa.Column("uncertainty_dm", sa.Integer),
        sa.Column("difference", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="fk_evaluation_inspection_id"),
        sa.UniqueConstraint("inspection_id", "trust_sequence", "status_iat", name="uq_evaluation_inspection_id_trust_sequence_status_iat"),
    )
    op.create_index("ix_evaluation_difference", "evaluation", ["difference"])
    op.create_table(
        "inspection_photograph",
        sa.Column("inspection_id", _ID, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("inspection_id", "position", name="pk_inspection_photograph"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="fk_inspection_photograph_inspection_id"),
    )
    op.create_index("ix_inspection_photograph_sha256", "inspection_photograph", ["sha256"])
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


def downgrade() -> None:
    """Remove them."""
    for name in reversed(_TABLES):
        op.drop_table(name)
