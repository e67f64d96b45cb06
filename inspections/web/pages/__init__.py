"""What supervisors and the police see: inspections and their lists, a license's story, maps, coverage, workload, alerts, look-ups."""

from __future__ import annotations

from . import alerts, area, coverage, lookup, rounds, story, visits, workload

#: Each has `blueprint(context)`; who may open them stands in `inspections.web.access`.
ROOMS = (visits, story, area, coverage, workload, alerts, rounds, lookup)
