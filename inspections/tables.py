"""The list of tables of inspections; each room beneath puts its own on it. Times are seconds since 1970 UTC, positions degrees WGS 84."""

from __future__ import annotations

from accounts.tables import metadata as _accounts
from storage.columns import new_metadata

metadata = new_metadata()

#: A reference to somebody's account, whose table is in another chain of the same database.
ACCOUNT = _accounts.tables["account"].c.id
