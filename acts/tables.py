"""The tables of acts. The revisions in acts/migrations make them. Nothing of an act is ever changed, but for its place in the log."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, Integer, String, Table

from storage.columns import Id, Octets, new_metadata
from storage.schema import Chain

from .guarded import guarded

metadata = new_metadata()

acts = Table(
    "act",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),  # seconds since 1970 UTC
    Column("actor", String(120), nullable=False),  # account:<name>, citizen:<id>, command:<user>, program:<name>, provider:<name>
    Column("kind", String(80), nullable=False),  # the route, the command or the program's round that did it
    Column("salt", Octets(16), nullable=False),  # random: without it nobody can guess what an act, or a digest in it, was made of
    Column("body", Octets, nullable=False),  # bodies.Body
    Column("position", BigInteger, unique=True),  # in the act log; None until the publisher puts it there
)

#: Places of a published log whose rows were lost with a disk: what stands there is known, what it was made of is not (lost.py).
lost_entries = Table(
    "lost_entry",
    metadata,
    Column("log", String(8), primary_key=True),  # "log", "acts": as published
    Column("first", BigInteger, primary_key=True, autoincrement=False),  # the first place of a run
    Column("many", Integer, nullable=False),
    Column("entries", Octets, nullable=False),  # 32 octets each
    Column("statuses", Octets, nullable=False),  # of seals: one octet each, as published; of acts none
    Column("listed_at", BigInteger, nullable=False),  # when the list was signed that said so, 0 for none (seconds since 1970 UTC)
    Column("at", BigInteger, nullable=False),  # when they were found lost
    info=guarded(),
)

ACTS = Chain("acts", Path(__file__).parent / "migrations", metadata, "alembic_version_acts")
