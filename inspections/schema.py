"""The chain of revisions of the tables of inspections."""

from __future__ import annotations

from pathlib import Path

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

#: Imported, each has put its tables on the list.
_ROOMS = (_detection, _devices, _enforcement, _planning, _programs, _visits, _webhooks)

INSPECTIONS = Chain(
    "inspections",
    Path(__file__).parent / "migrations",
    metadata,
    "alembic_version_inspections",
    elsewhere={"postgresql": months.parted(metadata)},
    faults=months.faults,
)
