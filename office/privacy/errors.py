"""What this room refuses. Every code has its sentence in issuer/data/sentences.json."""

from __future__ import annotations

from issuer.errors import IssuerError


class PrivacyError(IssuerError):
    """What cannot be done for a person. `detail` never holds personal data.

    `person_unnamed` (nothing that names anybody), `person_line` (a line of the file is none of ours), `person_unknown` (nothing here is
    theirs), `person_too_much` (more cases than one person has), `copy_there` (a folder that holds something), `erasure_nothing` (nothing
    may go now), `erasure_changed` (what was approved is not what is there), `erasure_unapproved`, `breach_nobody` (no such account and no
    such device), `breach_times`.
    """
