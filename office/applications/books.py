"""As much of the office as rules and money need, for whoever looks at applications without a site, documents or keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from governorate import counter, licensed
from issuer.intake.rows import Rules
from office.services import catalogue, fee_loader

from .context import OfficeContext
from .documents import Store


@cache
def books() -> OfficeContext:
    """Return as much of the office as money needs: states and fees, no site, document or key."""
    rules, drawers = Rules({}, licensed.default()), counter.default().drawers
    return OfficeContext(catalogue.default(), fee_loader.default(), rules, Store(Path()), "", "", drawers=drawers)
