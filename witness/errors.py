"""What a witness refuses: stable codes, each with a sentence in both languages."""

from __future__ import annotations

from keys.errors import SENTENCES as KEY_SENTENCES
from seal.catalogue import Catalogue
from storage.errors import KhatmError
from web.faults import SENTENCES as SETTING_SENTENCES

SENTENCES = Catalogue("witness", over=(KEY_SENTENCES, SETTING_SENTENCES))


class WitnessError(KhatmError):
    """`code` is a key of SENTENCES; `detail` holds no secret."""


class StateError(WitnessError):
    """The folder is not what this program left there: `witness_missing`, `state_*`. Nothing is cosigned, and nothing begins anew."""


class SubmissionError(WitnessError):
    """A submission is refused: `submission_malformed`, `origin_unknown`, `log_unsigned`, `log_signature_invalid`, `old_size_above`,
    `old_size_differs` (`size`: of the tree that was cosigned last), `proof_invalid`, `roots_differ`."""

    def __init__(self, code: str, detail: str = "", *, size: int | None = None) -> None:
        super().__init__(code, detail)
        self.size = size
