"""What planning refuses, by stable codes."""

from __future__ import annotations

from inspections.errors import InspectionError


class PlanningError(InspectionError):
    """A list cannot be made, or changed, like that."""


class ShortHistoryError(PlanningError):
    """Too little was seen to learn a risk from; `visits` and `critical` of them say how much there is."""

    def __init__(self, visits: int, critical: int) -> None:
        super().__init__("history_short", f"{visits}, {critical}")
        self.visits, self.critical = visits, critical
