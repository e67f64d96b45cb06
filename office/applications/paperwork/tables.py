"""The judgements on documents. One is never changed: whoever judges again adds another, and the newest counts.

Times are seconds since 1970 UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from acts.guarded import guarded
from office.tables import metadata
from storage.columns import Id, Octets

judgements = Table(
    "document_judgement",
    metadata,
    Column("id", Id, primary_key=True),
    Column("application_id", Id, ForeignKey("application.id"), nullable=False),
    Column("attachment_id", Id, ForeignKey("attachment.id"), nullable=False),
    Column("digest", Octets(32), nullable=False),  # SHA-256 of the very file that was judged
    Column("verdict", String(8), nullable=False),  # accepted, returned
    Column("ground", String(48), nullable=False),  # why it is returned, a code of services.yaml; "" for none of them
    Column("words", Text, nullable=False),  # what whoever judged wrote
    Column("at", BigInteger, nullable=False),
    Column("by", String(80), nullable=False),  # kind:id
    Column("by_name", String(120), nullable=False),
    Index(None, "application_id"),
    info=guarded(),
)
