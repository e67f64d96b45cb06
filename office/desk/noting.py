"""That a member of the staff opens a case or a document, or takes a list away, is written down before it is shown."""

from __future__ import annotations

from office.privacy import reads
from office.privacy.reads import About
from storage.database import reading

from .context import DeskContext
from .visitor import visitor


def note(context: DeskContext, about: About) -> None:
    """Write down that the visitor reads something; a citizen's own case is theirs to open as often as they like.

    Within the hour the same again is looked for and not written: a page of before costs one look by an index.
    """
    account, now = visitor().account, context.now()
    if account is None:
        return
    who = visitor().actor.key, account.display
    with reading(context.engine) as connection:
        if reads.known(connection, who[0], about, now=now):
            return
    with context.engine.begin() as connection:
        reads.note(connection, who, about, now=now)
