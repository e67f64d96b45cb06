"""Violations with their history and papers, proposals about licenses, and the office's token."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inspections_0003"
down_revision = "inspections_0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = ("office_token", "license_proposal", "violation_paper", "violation_event", "violation")


def upgrade() -> None:
    """Add them."""
    _violations()
    _beside()
    _proposals()
    op.create_table(
        "office_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_office_token"),
        sa.UniqueConstraint("token", name="uq_office_token_token"),
    )


def _violations() -> None:
    op.create_table(
        "violation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("inspection_id", _ID, nullable=False),
        sa.Column("inspector_id", _ID),
        sa.Column("scanned_at", sa.BigInteger, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("sample", sa.SmallInteger, nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("license", sa.String(32)),
        sa.Column("license_authority", sa.String(4)),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("lat", sa.Integer, nullable=False),
        sa.Column("lon", sa.Integer, nullable=False),
        sa.Column("reported_at", sa.BigInteger, nullable=False),
        sa.Column("reported_by_id", _ID, nullable=False),
        sa.Column("reported_by", sa.String(32), nullable=False),
        sa.Column("approved_at", sa.BigInteger),
        sa.Column("approved_by_id", _ID),
        sa.Column("number", sa.String(32)),
        sa.Column("year", sa.SmallInteger),
        sa.Column("serial", sa.Integer),
        sa.Column("occurrence", sa.SmallInteger),
        sa.Column("piastres", sa.BigInteger),
        sa.Column("text", sa.Text),
        sa.Column("kid", sa.LargeBinary),
        sa.Column("sealed_at", sa.BigInteger),
        sa.Column("served_on", sa.String(10)),
        sa.Column("objection_until", sa.String(10)),
        sa.Column("pay_until", sa.String(10)),
        sa.Column("objection_id", sa.String(36)),
        sa.Column("paid_on", sa.String(10)),
        sa.Column("receipt", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_violation"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="fk_violation_inspection_id"),
        *_people("violation", "inspector_id", "reported_by_id", "approved_by_id"),
        sa.UniqueConstraint("number", name="uq_violation_number"),
        sa.UniqueConstraint("objection_id", name="uq_violation_objection_id"),
        sa.UniqueConstraint("authority", "year", "serial", name="uq_violation_authority_year_serial"),
    )
    for columns in (["state", "id"], ["authority", "id"], ["license", "code", "scanned_at"], ["inspection_id"]):
        op.create_index(f"ix_violation_{'_'.join(columns)}", "violation", columns)


def _beside() -> None:
    op.create_table(
        "violation_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("violation_id", _ID, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_violation_event"),
        sa.ForeignKeyConstraint(["violation_id"], ["violation.id"], name="fk_violation_event_violation_id"),
    )
    op.create_index("ix_violation_event_violation_id_id", "violation_event", ["violation_id", "id"])
    op.create_table(
        "violation_paper",
        sa.Column("violation_id", _ID, nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("violation_id", name="pk_violation_paper"),
        sa.ForeignKeyConstraint(["violation_id"], ["violation.id"], name="fk_violation_paper_violation_id"),
    )


def _proposals() -> None:
    op.create_table(
        "license_proposal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("license", sa.String(32), nullable=False),
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("violation_id", _ID),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.Column("proposed_by_id", _ID, nullable=False),
        sa.Column("proposed_by", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("decided_reason", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name="pk_license_proposal"),
        sa.ForeignKeyConstraint(["violation_id"], ["violation.id"], name="fk_license_proposal_violation_id"),
        *_people("license_proposal", "proposed_by_id"),
    )
    for columns in (["license"], ["violation_id"], ["state", "id"]):
        op.create_index(f"ix_license_proposal_{'_'.join(columns)}", "license_proposal", columns)


def _people(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([column], ["account.id"], name=f"fk_{table}_{column}") for column in columns]


def downgrade() -> None:
    """Remove them."""
    for table in _TABLES:
        op.drop_table(table)
