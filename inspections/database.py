"""The database of inspections, and its opening: people's accounts and inspections, apart from the register's."""

from __future__ import annotations

from sqlalchemy import Engine

from accounts.schema import ACCOUNTS
from storage.database import WORK, open_database
from storage.postgresql import Patience
from storage.schema import Schema

from .schema import INSPECTIONS

#: Devices refer to accounts, so those come before.
DATABASE = Schema((ACCOUNTS, INSPECTIONS))


def open_inspections(text: str, *, create: bool = False, patience: Patience = WORK) -> Engine:
    """Open the database at a URL or path. Raises as `storage.database.open_database`."""
    return open_database(DATABASE, text, create=create, patience=patience)
