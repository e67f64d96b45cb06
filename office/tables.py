"""The office's list of tables; each of its rooms puts its own on it."""

from __future__ import annotations

from storage.columns import new_metadata

metadata = new_metadata()
