"""`khatm setup --part`: after a ceremony each program gets its keys anew, from the key store, under a passphrase that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import published
from keys import parts
from keys.custody import POLICY, Custody
from published.pinning import DOCUMENT
from seal.errors import ListError

from . import steps
from .errors import SetupError
from .places import PUBLISHER, USERS, House
from .steps import Setup, Step

#: What signs, and reads its keys as it starts.
UNITS = ("khatm-publisher.service", "khatm-worker.service", "khatm-enforcer.service", "khatm-office.service")


def look(house: House, folder: Path) -> None:
    """Return if `folder` is the key store of this machine's house, whose list is published here.

    Raises SetupError `not_set_up`, `keys_missing`, `keys_other`.
    """
    if not house.passphrase("").is_dir():
        raise SetupError("not_set_up", str(house.settings))
    if not (folder / POLICY).exists():
        raise SetupError("keys_missing", str(folder))
    try:
        published.trust_list(house.published, root=published.read_root(published.beside(folder)))
    except ListError as error:
        raise SetupError("keys_other", f"{folder}: {error.code}") from error


def _part(setup: Setup) -> Iterator[str]:
    yield from steps.hand_out(setup)
    wanted = {held.path.relative_to(setup.answers.keys) for held in parts.files(setup.custody)}
    for folder in map(setup.house.keys, USERS):
        for held in parts.files(Custody(folder)):
            if held.path.relative_to(folder) not in wanted:  # taken out before a list had it: the program would not start with it
                held.path.unlink()
                yield f"{held.path}: no key of the key store's any more, removed"
    if not setup.house.applicants.exists():  # a new one would open nothing of what is there
        yield f"{setup.house.applicants} is missing: bring the copy of it (docs/how-to/applicants.md)"


def _published(setup: Setup) -> Iterator[str]:
    """What root accepted belongs to who publishes."""
    setup.house.give(setup.house.published, PUBLISHER)
    yield str(setup.house.published)


def _same_root(setup: Setup) -> bool:
    pinned = setup.house.settings / DOCUMENT
    return pinned.exists() and pinned.read_bytes() == published.beside(setup.answers.keys).read_bytes()


STEPS = (
    Step("keys of the programs", lambda _: False, _part),
    Step("root", _same_root, steps.root),
    Step("published files", lambda _: False, _published),
)
