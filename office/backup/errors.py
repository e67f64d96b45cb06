"""What a backup refuses. Sentences are in data/sentences.json, over the issuer's."""

from __future__ import annotations

from issuer.sentences import SENTENCES as ISSUER_SENTENCES
from seal.catalogue import Catalogue
from storage.errors import KhatmError

SENTENCES = Catalogue("office.backup", over=(ISSUER_SENTENCES,))


class BackupError(KhatmError):
    """`code` is a key of SENTENCES; `detail` names a file or a place, never what is in it."""
