"""The table of printed papers. Revision 0006 makes it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, UniqueConstraint

from acts.guarded import guarded
from issuer.register.tables import licenses
from office.tables import metadata
from storage.columns import Id

prints = Table(
    "print",
    metadata,
    Column("id", Id, primary_key=True),
    Column("license_id", Id, ForeignKey(licenses.c.id), nullable=False),
    Column("edition", SmallInteger, nullable=False),
    Column("serial", Integer, nullable=False),  # from 1 for each edition, without gaps
    Column("size", String(2), nullable=False),  # A4, A5, or ST for a sticker
    Column("by", String(64), nullable=False),  # account that printed it
    Column("at", BigInteger, nullable=False),  # seconds since 1970 UTC
    UniqueConstraint("license_id", "edition", "serial"),
    Index(None, "at"),
    info=guarded(),
)
