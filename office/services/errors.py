"""What the rules refuse. Every code has its sentence in issuer/data/sentences.json."""

from __future__ import annotations

from issuer.errors import IssuerError


class MoveError(IssuerError):
    """An action is not for this state or this person: `move_not_allowed`, `role_not_allowed`, `same_person`, `reason_missing`."""


class FeeError(IssuerError):
    """No bill can be made, and none is guessed: `fee_unknown` (none on that day), `fact_missing`, `fact_invalid`, `fine_unknown`,
    `bill_negative`."""
