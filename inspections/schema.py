"""The chain of revisions of the tables of inspections."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from storage.schema import Chain

from . import months
from .detection import tables as _detection
from .devices import tables as _devices
from .enforcement import tables as _enforcement
from .planning import tables as _planning
from .programs import tables as _programs
from .tables import metadata
from .visits import tables as _visits
from .webhooks import tables as _webhooks

_NUMBERS = ("SELECT count(*) FROM inspection", "SELECT coalesce(sum(number), 0) FROM inspection_count")
#: Imported, each has put its tables on the list.
_ROOMS = (_detection, _devices, _enforcement, _planning, _programs, _visits, _webhooks)


def _faults(connection: Connection) -> list[str]:
    """Say what is wrong with months, and whether as many inspections are counted as there are."""
    there, counted = (connection.scalar(text(query)) for query in _NUMBERS)
    told = f"{counted} of {there} inspections are counted: `khatm inspections recount` counts anew"
    return [*months.faults(connection), *([told] if counted != there else [])]


INSPECTIONS = Chain(
    "inspections",
    Path(__file__).parent / "migrations",
    metadata,
    "alembic_version_inspections",
    elsewhere={"postgresql": months.parted(metadata)},
    faults=_faults,
)
