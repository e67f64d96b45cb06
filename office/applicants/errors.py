"""What this room refuses. Every code has its sentence in issuer/data/sentences.json."""

from __future__ import annotations

from issuer.errors import IssuerError


class ApplicantError(IssuerError):
    """Data of an applicant that cannot be read, found or kept. `detail` never holds personal data.

    `applicant_key_lost` (no key at hand opens it), `applicant_altered` (it was changed or put in another's place), `applicant_none`
    (nothing is kept), `applicant_keys_file`, `applicant_keys_there`, `applicant_key_unknown`, `applicant_key_needed`,
    `applicant_search_text` (what was typed is neither a national ID nor a tax number), `applicant_looks_many`.
    """
