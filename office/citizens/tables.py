"""Citizens and the codes that were sent to them. Times are seconds since 1970 UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, SmallInteger, String, Table

from acts.guarded import guarded
from office.tables import metadata
from storage.columns import Id, Octets

citizens = Table(
    "citizen",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mobile", String(16), nullable=False, unique=True),  # E.164
    Column("since", BigInteger, nullable=False),
    info=guarded(),
)

codes = Table(
    "citizen_code",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mobile", String(16), nullable=False),
    Column("salt", Octets(16), nullable=False),
    Column("code", Octets(32), nullable=False),  # SHA-256 of salt and code
    Column("browser", Octets(32)),  # SHA-256 of the token of the browser that asked for it; None before there were any
    Column("made_at", BigInteger, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("used_at", BigInteger),
    Index(None, "mobile"),
    Index(None, "made_at"),
)
