"""The tables of a database, as the room that has them hands them in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True)
class Schema:
    """`migrations` is Alembic's folder with env.py and versions/; `metadata` is what the tables are once all of them ran."""

    migrations: Path
    metadata: tuple[MetaData, ...]
