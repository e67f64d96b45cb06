"""Tokens of other programs. Of a token its SHA-256 alone is kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from inspections.tables import metadata
from storage.columns import Id, Json, Octets

api_tokens = Table(
    "api_token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token", Octets(32), nullable=False, unique=True),
    Column("name", String(100), nullable=False),  # of the program, as people call it
    Column("scopes", Json(), nullable=False),
    Column("authorities", Json(), nullable=False),  # codes, or *
    Column("made_by", String(32), nullable=False),  # an account's name, or console
    Column("made_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # the first second that it no longer counts
    Column("revoked_by", String(32)),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),  # the last time
    Column("minute", BigInteger, nullable=False),  # the last one in which it asked, since 1970 UTC
    Column("asked", Integer, nullable=False),  # how often, in that minute
    Index(None, "until"),
)
