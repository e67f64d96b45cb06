"""The area an authority's key may license in: a polygon, with a margin for outlines that were never surveyed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from .site import Offset, Point, distance_to_ring, offset

MARGIN_M = 50.0


class Area:
    """A ring of positions (WGS 84 degrees, three at least, not closed)."""

    def __init__(self, ring: Sequence[Point]) -> None:
        if len(ring) < 3:
            raise ValueError("an area needs three corners")
        self.ring = tuple(ring)

    @cached_property
    def _edges(self) -> list[tuple[float, float, float, float]]:
        """Made at the first question: a list has two hundred areas, and a license one."""
        return [(*before, *corner) for before, corner in zip((self.ring[-1], *self.ring), self.ring, strict=False)]

    def holds(self, point: Point) -> bool:
        """Say whether `point` lies in the area or at most 50 m outside it."""
        # The common case, even-odd as in `site.inside`, without leaving degrees or making offsets.
        latitude, longitude = point
        inside = False
        for lat1, lon1, lat2, lon2 in self._edges:
            if (lat1 > latitude) != (lat2 > latitude) and longitude < (lon2 - lon1) * (latitude - lat1) / (lat2 - lat1) + lon1:
                inside = not inside
        if inside:
            return True
        ring = [offset(point, corner.latitude, corner.longitude) for corner in self.ring]
        return distance_to_ring(ring, Offset(0.0, 0.0)) <= MARGIN_M
