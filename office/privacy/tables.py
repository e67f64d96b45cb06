"""The table of privacy: which documents and cases somebody opened, and which lists they took away.

Revision office_0026 makes it. Times are seconds since 1970 UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from acts.guarded import guarded
from office.tables import metadata
from storage.columns import Id

#: What `applicant_look` and `mobile_look` do not say: those are of numbers, these of everything else.
reads = Table(
    "case_read",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),  # kind:id, or command:<user>
    Column("actor_name", String(120), nullable=False),
    Column("application", String(32), nullable=False),  # its number or a draft's key; "" for what is about many
    Column("authority", String(4), nullable=False),  # "" for what is about several
    Column("what", String(12), nullable=False),  # see reads.What
    Column("item", String(80), nullable=False),  # which document or list; "" for the case itself
    Column("many", Integer, nullable=False),  # cases that a list had; 1 for one case
    Index(None, "at"),
    Index(None, "authority", "id"),
    Index(None, "actor", "at"),
    Index(None, "application"),
    info=guarded(),
)
