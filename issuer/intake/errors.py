"""A file that intake refuses as a whole. One row of it is refused by rows.Refusal."""

from __future__ import annotations

from issuer.errors import IssuerError


class IntakeError(IssuerError):
    """A file that cannot be read. `code` has a sentence; `detail` names columns, lines or limits, never what a cell holds."""
