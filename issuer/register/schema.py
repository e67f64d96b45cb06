"""The chain of revisions of the register's tables."""

from __future__ import annotations

from pathlib import Path

from storage.schema import Chain

from .tables import metadata

# Its table is the one that the one chain of before had: a program of then finds a revision there that it does not know, and says so.
REGISTER = Chain("register", Path(__file__).parent.parent / "migrations", metadata, "alembic_version")
