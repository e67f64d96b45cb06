"""`khatm setup --moved`: a house that was copied or restored onto this machine runs here from now on.

Units are enabled by setting up: on a machine that only got another one's settings and state nothing would start, at once or at a boot.
"""

from __future__ import annotations

from collections.abc import Iterator

import published
from keys.custody import POLICY
from published.pinning import DOCUMENT

from . import owning
from .errors import SetupError
from .places import USERS, House
from .steps import SERVER_KEY


def look(house: House) -> None:
    """Return if a whole house lies here, whose published list its pinned root signed.

    Raises SetupError `not_set_up`, `moved_missing` with what is not there; ListError.
    """
    pinned = house.settings / DOCUMENT
    if not pinned.exists():
        raise SetupError("not_set_up", str(house.settings))
    wanted = [house.settings / "khatm.conf", house.published / published.TRUST_LIST]
    wanted.append(house.state / SERVER_KEY)  # without it nothing of inspections would start, and phones know it
    wanted += [path for program in USERS for path in (house.keys(program) / POLICY, house.passphrase(program))]
    if missing := [str(path) for path in wanted if not path.exists()]:
        raise SetupError("moved_missing", ", ".join(missing))
    published.trust_list(house.published, root=published.read_root(pinned))


def owned(house: House) -> Iterator[str]:
    """Let keys and folders be their programs' own here, whatever numbers users had on the other machine, and for nobody else's eyes.

    Says what has to come by another way. Raises OSError.
    """
    owning.again(house.beneath, owners=not house.one_user)
    for path in (house.passphrase(""), *map(house.keys, USERS)):
        owning.hide(path)
    for program in USERS:
        yield f"{program}: {house.keys(program)}"
    if not house.applicants.exists():
        yield f"{house.applicants} is missing: bring the copy of it (docs/how-to/applicants.md)"
