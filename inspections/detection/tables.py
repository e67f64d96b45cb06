"""Alerts: one row for what a rule found, its evidence, and everything that was done about it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, String, Table, UniqueConstraint

from inspections.tables import metadata
from storage.columns import Id, Json

alerts = Table(
    "alert",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", String(32), nullable=False),
    Column("subject", String(80), nullable=False),  # what it is about, by the rule's own key: found again, it is one alert
    Column("authority", String(4), nullable=False),
    Column("number", String(32)),  # the license's
    Column("device_id", Id, ForeignKey("inspection_device.id")),
    Column("opened_at", BigInteger, nullable=False),
    Column("renewed_at", BigInteger, nullable=False),  # when evidence was last added
    Column("closed_at", BigInteger),
    Column("score", Float),
    Column("evidence", Json(), nullable=False),  # what the rule measured, as its page explains
    UniqueConstraint("rule", "subject"),
    Index(None, "authority", "closed_at"),
    Index(None, "number"),
)

alert_inspections = Table(
    "alert_inspection",
    metadata,
    Column("alert_id", Id, ForeignKey("alert.id"), primary_key=True),
    Column("inspection_id", Id, ForeignKey("inspection.id"), primary_key=True),
    Index(None, "inspection_id"),
)

alert_events = Table(
    "alert_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("alert_id", Id, ForeignKey("alert.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False),  # opened, renewed, noted, closed, reopened
    Column("by", String(32), nullable=False),  # an account's name, console, or detection
    Column("reason", String(32), nullable=False),  # a code, of closed: moved, copied_code, wrong_position, …
    Column("note", String(500), nullable=False),
    Index(None, "alert_id"),
)
