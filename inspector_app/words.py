"""What the camera tool says, in Arabic and English; codes of the core and of pictures speak with their own sentences."""

from __future__ import annotations

from qr.errors import SENTENCES as PICTURE_SENTENCES
from seal.catalogue import Catalogue
from seal.sentences import SENTENCES

TABLE = Catalogue("inspector_app", over=(SENTENCES, PICTURE_SENTENCES))
say, both = TABLE.say, TABLE.both
