"""What enforcement refuses. Every code has its sentence in issuer/data/sentences.json.

IssuerError
├── EnforcementError   something that is not possible now, or not for this person
├── UnreachableError   inspections did not answer: nothing is known, and the same is tried again
└── RefusedError       inspections refused, by a code of its own
"""

from __future__ import annotations

from issuer.errors import IssuerError


class EnforcementError(IssuerError):
    """`no_notice_key`, `notice_not_known`, `notice_facts_differ`, `notice_not_served`, `objection_late`, `objection_made`,
    `objection_text`, `proposal_unknown`, `proposal_decided`, `proposal_own`, `proposal_license_differs`,
    `reason_characters`.
    """


class UnreachableError(IssuerError):
    """`inspections_unreachable`, `inspections_token` (it does not take ours), `inspections_answer` (what came cannot be read)."""


class RefusedError(IssuerError):
    """Inspections' own code: `notice_sealed_otherwise`, `notice_differs`, `objection_late`, `objection_made`, `notice_not_served`…"""
