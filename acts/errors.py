"""What acts refuse. Sentences are in acts/data/sentences.json."""

from __future__ import annotations

from seal.catalogue import Catalogue
from storage.errors import KhatmError

SENTENCES = Catalogue("acts")


class ActError(KhatmError):
    """`act_without_actor`: nobody stands for what would be written. `act_value`, `act_unclear`, `act_raw`: a program writes in a way that
    no act can be made of. `act_of_no_publisher`: one of a list that nobody published. `act_damaged`, `act_log_damaged`: not what this
    program writes. `act_log_differs`: see recovering. `acts_not_begun`, `acts_begun`: see genesis. `erase_found`, `erase_nothing`: see
    erasing. `act_row_unknown`. `audit_state_busy`, `audit_state_damaged`, `audit_state_other`: the file in which an audit keeps how far it
    came.
    """


class ApprovalError(KhatmError):
    """What people signed does not hold, or is not there.

    `passkey_refused`: an answer of an authenticator that is not what was asked for; `passkey_copied`: its counter went back;
    `passkey_unknown`, `role_unchained`: nobody who counts vouched for it; `approval_missing`, `approval_differs`, `approval_used`;
    `approval_by_passkey`: a console has no authenticator;
    `roster_missing`, `roster_damaged`, `roster_wrong_root`, `roster_older`, `roster_differs` (of another deployment or site).
    """
