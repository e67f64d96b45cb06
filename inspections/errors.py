"""What inspections refuse: stable codes, each with a sentence in both languages."""

from __future__ import annotations

from accounts.errors import SENTENCES as ACCOUNT_SENTENCES
from governorate.errors import SENTENCES as GOVERNORATE_SENTENCES
from maps.errors import SENTENCES as MAP_SENTENCES
from objects.errors import SENTENCES as OBJECT_SENTENCES
from qr.errors import SENTENCES as PICTURE_SENTENCES
from seal.catalogue import Catalogue
from seal.sentences import SENTENCES as CORE_SENTENCES
from storage.errors import KhatmError
from web.faults import SENTENCES as SETTING_SENTENCES

_BELOW = (
    *(CORE_SENTENCES, GOVERNORATE_SENTENCES, PICTURE_SENTENCES, ACCOUNT_SENTENCES),
    *(SETTING_SENTENCES, MAP_SENTENCES, OBJECT_SENTENCES),
)
SENTENCES = Catalogue("inspections", over=_BELOW)


class InspectionError(KhatmError):
    """`code` is a key of SENTENCES; `detail` holds no license data."""
