"""What people see: inspections, violations, a license's story, maps, coverage, workload, alerts, and the police's look-ups."""

from __future__ import annotations

from . import alerts, area, coverage, lookup, story, violations, visits, workload

#: Each has `blueprint(context)`; who may open them stands in `inspections.web.access`.
ROOMS = (visits, violations, story, area, coverage, workload, alerts, lookup)
