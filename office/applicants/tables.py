"""The tables of applicants. What is personal in them is encrypted; `applicant_look` says who read it. Revision 0016 makes them.

Times are seconds since 1970 UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table

from acts.guarded import guarded
from office.tables import metadata
from storage.columns import Id, Octets

applicants = Table(
    "applicant",
    metadata,
    Column("application_id", Id, ForeignKey("application.id"), primary_key=True, autoincrement=False),
    Column("kid", String(16), nullable=False),  # of the key that it is encrypted by, "" once the data was deleted
    Column("person", Octets, nullable=False),  # nonce and ciphertext (sealed.py): what kind of applicant, name, mobile
    Column("numbers", Octets, nullable=False),  # national ID, commercial register, tax number
    Column("agent", Octets, nullable=False),  # who acts for them, and by which power of attorney
    Column("not_holder", Boolean, nullable=False),  # the applicant is somebody else than who the license is for
    Column("by_agent", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(80), nullable=False),  # who typed it last: kind:id
    Index(None, "kid"),
    info=guarded(),
)

#: Keyed digests by which somebody is found without deciphering everybody (matching.py).
index = Table(
    "applicant_index",
    metadata,
    Column("application_id", Id, ForeignKey("application.id"), primary_key=True, autoincrement=False),
    Column("what", String(12), primary_key=True),  # applicant, agent, company
    Column("kid", String(16), nullable=False),
    Column("value", Octets(32), nullable=False),
    Index(None, "value", "application_id"),
    info=guarded(),
)

looks = Table(
    "applicant_look",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),  # kind:id
    Column("actor_name", String(120), nullable=False),
    Column("application", String(32), nullable=False),  # its number or a draft's key; "" for a search that found nothing
    Column("authority", String(4), nullable=False),  # "" for a search of several authorities that found nothing
    Column("why", String(8), nullable=False),  # case, form, print, search, own
    Index(None, "at", "id"),
    Index(None, "authority", "id"),
    Index(None, "actor", "at"),
    Index(None, "application"),
    info=guarded(),
)
