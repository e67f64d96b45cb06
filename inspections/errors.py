"""What inspections refuse: stable codes, each with a sentence in both languages."""

from __future__ import annotations

from accounts.errors import SENTENCES as ACCOUNT_SENTENCES
from governorate.errors import SENTENCES as GOVERNORATE_SENTENCES
from qr.errors import SENTENCES as PICTURE_SENTENCES
from seal.catalogue import Catalogue
from seal.sentences import SENTENCES as CORE_SENTENCES
from storage.errors import KhatmError

SENTENCES = Catalogue("inspections", over=(CORE_SENTENCES, GOVERNORATE_SENTENCES, PICTURE_SENTENCES, ACCOUNT_SENTENCES))


class InspectionError(KhatmError):
    """`code` is a key of SENTENCES; `detail` holds no license data."""
