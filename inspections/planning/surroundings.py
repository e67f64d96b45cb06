"""Sums over what lies around a place, each thing weighed by a Gaussian of its distance: in a grid, so that millions of visits cost no more.

Things of one cell, a tenth of the scale wide, are taken together at their middle. Farther than three scales nothing counts: what is
left out weighs one percent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS = 10  # a scale is so many cells wide
REACH = 3  # scales
_TURN = 1000  # places that are looked around at once


class Surroundings:
    """Things on a plane in metres, shape (n, 2), with columns to be summed, shape (n, k)."""

    def __init__(self, spots: Floats, columns: Floats, scale_m: float) -> None:
        """`scale_m` is the standard deviation of the Gaussian."""
        from scipy.spatial import cKDTree  # noqa: PLC0415 - half a second that every other command would pay for

        cells, where = np.unique(np.floor(spots * (CELLS / scale_m)), axis=0, return_inverse=True)
        self._scale, self._width = scale_m, columns.shape[1]
        self._sums, middles = np.zeros((len(cells), self._width)), np.zeros((len(cells), 2))
        many = np.bincount(where.reshape(-1), minlength=len(cells)).reshape(-1, 1)
        np.add.at(self._sums, where.reshape(-1), columns)
        np.add.at(middles, where.reshape(-1), spots)
        self._tree = cKDTree(middles / many) if len(cells) else None

    def about(self, places: Floats) -> Floats:
        """Return the weighed sums for each place, shape (m, k); 0 for a place that is not known (NaN)."""
        from scipy.spatial import cKDTree  # noqa: PLC0415

        made = np.zeros((len(places), self._width))
        known = np.flatnonzero(~np.isnan(places).any(axis=1))
        if self._tree is None:
            return made
        for start in range(0, len(known), _TURN):
            some = known[start : start + _TURN]
            far = cKDTree(places[some]).sparse_distance_matrix(self._tree, REACH * self._scale, output_type="coo_matrix")
            far.data = np.exp(-(far.data**2) / (2 * self._scale**2))
            made[some] = far.tocsr() @ self._sums
        return made
