"""Where a governorate's data is: a folder of files. Alexandria's comes with the program; another one is named, once for a process."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path

#: Names the folder, for a whole process: one process works for one governorate.
SETTING = "KHATM_GOVERNORATE"
IDENTITY, AREAS, LICENSES, SERVICES, FEES, HOLIDAYS, CHECKLISTS, VIOLATIONS, CHANGES = (
    "governorate.yaml",
    "authorities.geojson",
    "licenses.yaml",
    "services.yaml",
    "fees.yaml",
    "holidays.yaml",
    "checklists.yaml",
    "violations.yaml",
    "changes.yaml",
)
FILES = (IDENTITY, AREAS, LICENSES, SERVICES, FEES, HOLIDAYS, CHECKLISTS, VIOLATIONS, CHANGES)
#: How the centre's counter works. A folder may be without it: then no rule of it is in force.
COUNTER = "counter.yaml"
#: What is kept of people, and how long. A folder may be without it: then the one that comes with the program holds.
RETENTION = "retention.yaml"


@cache
def shipped() -> Path:
    """Return the folder that comes with the program, Alexandria's."""
    return Path(str(files(__package__) / "alexandria"))


def chosen() -> Path:
    """Return the folder that `SETTING` names for this process, else Alexandria's."""
    named = os.environ.get(SETTING)  # noqa: TID251 - the one place that chooses; everything else asks here
    return Path(named) if named else shipped()
