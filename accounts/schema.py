"""The chain of revisions of the accounts' tables, for whichever database holds them."""

from __future__ import annotations

from pathlib import Path

from storage.schema import Chain

from .tables import metadata

ACCOUNTS = Chain("accounts", Path(__file__).parent / "migrations", metadata, "alembic_version_accounts")
