"""The office's list of tables; each of its rooms puts its own on it."""

from __future__ import annotations

from storage.columns import new_metadata

metadata = new_metadata()

#: Info of a column that holds the SHA-256 of a document in the store: as long as a row names one, it is not deleted.
NAMES_DOCUMENT = {"khatm": "document"}
