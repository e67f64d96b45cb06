"""The day's lists: one for an officer and a day, its stops in their order, and why each is on it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Float, ForeignKey, Index, SmallInteger, String, Table, UniqueConstraint

from inspections.tables import ACCOUNT, metadata
from storage.columns import Id, Json

plans = Table(
    "plan",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("account_id", Id, ForeignKey(ACCOUNT), nullable=False),
    Column("day", Date, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String(32), nullable=False),  # an account's name, or console
    Column("random_percent", SmallInteger, nullable=False),
    Column("model", String(40), nullable=False),  # the version of the model that gave the risks
    UniqueConstraint("account_id", "day"),
    Index(None, "authority", "day"),
)

plan_stops = Table(
    "plan_stop",
    metadata,
    Column("plan_id", Id, ForeignKey("plan.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),  # as planned
    Column("number", String(32), nullable=False),  # the license's
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("chosen", String(8), nullable=False),  # risk, random, alert, added
    Column("risk", Float),
    Column("features", Json(), nullable=False),  # what the risk was computed from
    Column("order", SmallInteger, nullable=False),  # as the inspector goes
    Column("why", String(200), nullable=False),  # why the inspector goes otherwise
    Column("inspection_id", Id, ForeignKey("inspection.id")),
    Index(None, "number"),
)
