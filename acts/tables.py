"""The table of acts. The revision in acts/migrations makes it. Nothing of it is ever changed, but for the place in the log."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, String, Table

from storage.columns import Id, Octets, new_metadata
from storage.schema import Chain

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

ACTS = Chain("acts", Path(__file__).parent / "migrations", metadata, "alembic_version_acts")
