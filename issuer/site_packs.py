"""The folder of licensed sites for inspections: whole packs once a day, and what is new since with every publication.

The folder is not for the public, unlike the published one: whoever serves inspections reads it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from published import whole
from seal import sites
from seal.cose import Signer
from seal.errors import ListError
from seal.trust import TrustList

from .register import sites as register_sites

WHOLE_SECONDS = 86_400
_MODE = 0o640
_CHANGES = ".changes"


class SitePacks:
    """Keeps the packs in `folder` up to date."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._base: int | None = None

    def round(self, engine: Engine, *, trust: TrustList, kid: bytes, signer: Signer, now: int) -> list[str]:
        """Write what is due at `now` (seconds since 1970 UTC) and return the names. Raises OSError."""
        self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        whole.clear(self._folder)
        base = self._base if self._base is not None else self._found(trust)
        if base is not None and not base <= now < base + WHOLE_SECONDS:
            base = None
        made = register_sites.signed(engine, kid=kid, signer=signer, now=now, base=base)
        if base is not None and any(not (self._folder / name.removesuffix(_CHANGES)).exists() for name in made):
            base = None  # an authority's first license: there is nothing yet that it would be a change to
            made = register_sites.signed(engine, kid=kid, signer=signer, now=now, base=None)
        whole.write({self._folder / name: data for name, data in made.items()}, mode=_MODE)
        if base is None:
            for outdated in self._folder.glob(f"*{_CHANGES}"):  # of the packs before
                outdated.unlink()
        self._base = now if base is None else base
        return sorted(made)

    def _found(self, trust: TrustList) -> int | None:
        """Return when the packs in the folder were made, None where there are none, or one that does not fit the others."""
        moments = set()
        for path in self._folder.iterdir():
            if path.suffix == _CHANGES or path.name.startswith("."):
                continue
            try:
                moments.add(sites.verify(path.read_bytes(), trust=trust).iat)
            except ListError:
                return None
        return moments.pop() if len(moments) == 1 else None
