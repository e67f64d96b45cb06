"""Endpoints, what waits for them or was delivered, and each attempt. No secret is kept: it is made of the server's key and `salt`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint

from inspections.tables import metadata
from storage.columns import Id, Json, Octets

endpoints = Table(
    "webhook_endpoint",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("url", String(500), nullable=False),
    Column("salt", Octets(16), nullable=False),
    Column("events", Json(), nullable=False),
    Column("authorities", Json(), nullable=False),  # codes, or *
    Column("state", String(8), nullable=False),  # active, disabled
    Column("state_by", String(32), nullable=False),  # an account's name, console, or delivery
    Column("state_at", BigInteger, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("failing_since", BigInteger),  # of the first attempt that failed since the last that did not
)

messages = Table(
    "webhook_message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("endpoint_id", Id, ForeignKey("webhook_endpoint.id"), nullable=False),
    Column("name", String(40), nullable=False, unique=True),  # webhook-id: the same at each attempt
    Column("subject", String(80), nullable=False),  # what it is about: told once to each endpoint
    Column("event", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, delivered, failed
    Column("attempts", Integer, nullable=False),  # since it was put here or sent again
    Column("next_at", BigInteger, nullable=False),  # of a waiting one: when it is due, or taken to be lost on its way
    UniqueConstraint("endpoint_id", "subject"),
    Index(None, "endpoint_id", "state", "next_at"),
    Index(None, "state", "at"),
)

attempts = Table(
    "webhook_attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message_id", Id, ForeignKey("webhook_message.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", SmallInteger),  # of the answer, None without one
    Column("fault", String(24), nullable=False),  # empty: delivered
    Column("milliseconds", Integer, nullable=False),
    Index(None, "message_id"),
)
