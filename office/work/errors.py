"""What sharing work refuses. Every code has its sentence in issuer/data/sentences.json."""

from __future__ import annotations

from issuer.errors import IssuerError


class WorkError(IssuerError):
    """Something that is not possible now, or not for this person.

    Of assigning: `assign_no_step` (nobody is waited for), `assign_role`, `assign_elsewhere`, `assign_own` (they had a hand in it),
    `assign_away`, `assign_manager`, `assign_unknown`, `assign_nothing` (no case was chosen), `assign_gone` (another has it by now).
    Of leave: `leave_days`, `leave_past`, `leave_long`, `leave_twice`, `leave_unknown`, `stand_in_self`, `stand_in_away`, `stand_in_role`.
    Of rules: `rule_unknown`, `rule_member`, `rule_there`. Of notes: `note_empty`, `note_long`, `note_full`.
    Of reaching applicants: `look_not_yours`, `look_reason`, `mobile_none`, `mobile_same`, `mobile_staff`, `mobile_waiting`,
    `mobile_often`, `mobile_not_waiting`, `message_none`, `message_waits`, `message_often`.
    """
