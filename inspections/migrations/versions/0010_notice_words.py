"""Notices are found by the name they are addressed to, and by their place: words of the names, and an index of positions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "inspections_0010"
down_revision = "inspections_0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_BATCH = 1_000
_DIGITS = {zero + digit: str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
_ALIKE = str.maketrans({"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ـ": None, "ء": None} | _DIGITS)
_BETWEEN = re.compile(r"[\s،,.؛;:/\\|()\[\]«»\"'’‘–—_+*&-]+")


def upgrade() -> None:
    """Add the table and the index, and make the notices that are there findable."""
    made = op.create_table(
        "violation_word",
        sa.Column("authority", sa.String(4), nullable=False),
        sa.Column("word", _WORD, nullable=False),
        sa.Column("violation_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("authority", "word", "violation_id", name="pk_violation_word"),
        sa.ForeignKeyConstraint(["violation_id"], ["violation.id"], name="fk_violation_word_violation_id"),
    )
    op.create_index("ix_violation_word_violation_id_authority_word", "violation_word", ["violation_id", "authority", "word"])
    op.create_index("ix_violation_lat_lon", "violation", ["lat", "lon"])
    _fill(made)


def _fill(made: sa.Table) -> None:
    bound, last = op.get_bind(), 0
    query = sa.text(
        "SELECT id, holder, authority, license_authority FROM violation WHERE number IS NOT NULL AND id > :last ORDER BY id LIMIT :most"
    )
    while notices := bound.execute(query, {"last": last, "most": _BATCH}).all():
        if rows := [row for notice in notices for row in _rows(notice)]:
            bound.execute(made.insert(), rows)
        last = notices[-1][0]


def _rows(notice: Any) -> Iterator[dict[str, Any]]:
    number, holder, *authorities = notice
    for word in _words(holder):
        for code in {"", *filter(None, authorities)}:
            yield {"authority": code, "word": word, "violation_id": number}


def _words(name: str) -> set[str]:
    found = {_folded(part)[:40] for part in _BETWEEN.split(name)}
    found = {part for part in found if len(part) > 1 or part.isdigit()}
    return found | {word[2:] for word in found if word.startswith("ال") and len(word) > 4}


def _folded(part: str) -> str:
    parts = unicodedata.normalize("NFKD", part).translate(_ALIKE).casefold()
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", parts)))


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_violation_lat_lon", "violation")
    op.drop_table("violation_word")
