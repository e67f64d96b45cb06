"""An authority's licenses in columns, so that 100,000 are gone through at once: which are in force, and which of those were seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from seal import status
from seal.sites import LicensedSite

_OPEN_ENDED: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Standings:
    """The newest editions, in the order of their numbers. `keys` are the first four octets of each cti; times as in `LicensedSite`."""

    sites: Sequence[LicensedSite]
    keys: npt.NDArray[np.int64]
    begins: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    valid: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, newest: Iterable[LicensedSite]) -> Standings:
        """Return the columns of the newest editions."""
        held = sorted(newest, key=lambda site: site.cti)

        def column(values: Iterable[int]) -> npt.NDArray[np.int64]:
            return np.fromiter(values, np.int64, len(held))

        keys = column(int.from_bytes(site.cti[:4], "big") for site in held)
        ends = column(_OPEN_ENDED if site.exp is None else site.exp for site in held)
        valid = np.fromiter((site.status == status.VALID for site in held), np.bool_, len(held))
        return cls(held, keys, column(site.nbf for site in held), ends, valid)

    def in_force(self, now: int) -> npt.NDArray[np.integer[Any]]:
        """Return the places of the licenses that are in force at a time (seconds since 1970 UTC), as `Licensed.standing` says it."""
        return np.flatnonzero(self.valid & (self.begins <= now) & (now < self.ends))
