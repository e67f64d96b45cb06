"""What a store of files refuses. Rooms that show it have the sentences of `SENTENCES` below their own."""

from __future__ import annotations

from seal.catalogue import Catalogue
from storage.errors import KhatmError

SENTENCES = Catalogue("objects")


class ObjectsError(KhatmError):
    """A store cannot do what it was asked for; `detail` is the store's own code or the digest's beginning, never a secret.

    `object_missing`    no file of that digest
    `object_altered`    a file of that name, which is not what was put there
    `store_unreachable` no answer, none in time, or one that says "later": nothing is known of the file
    `store_refused`     the keys, the bucket or a setting is wrong: who runs the house has to mend it
    `store_full`        it takes nothing more, or nothing of that size
    """


#: Of these the same may be asked again later.
PASSING = frozenset({"store_unreachable", "store_full"})
