"""The register's tables, its accounts' among them, and its opening. Everything else about opening is storage's."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from accounts.tables import metadata as accounts
from storage.database import open_database
from storage.schema import Schema

from .tables import metadata

REGISTER = Schema(Path(__file__).parent.parent / "migrations", (metadata, accounts))


def open_register(text: str, *, create: bool = True) -> Engine:
    """Open the register at a URL or path. Raises as `storage.database.open_database`."""
    return open_database(REGISTER, text, create=create)
