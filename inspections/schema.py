"""The chain of revisions of the tables of inspections."""

from __future__ import annotations

from pathlib import Path

from storage.schema import Chain

from .detection import tables as _detection
from .devices import tables as _devices
from .enforcement import tables as _enforcement
from .planning import tables as _planning
from .tables import metadata
from .visits import tables as _visits

_ROOMS = (_detection, _devices, _enforcement, _planning, _visits)  # imported, each has put its tables on the list

INSPECTIONS = Chain("inspections", Path(__file__).parent / "migrations", metadata, "alembic_version_inspections")
