"""That a member of the staff opens a case or a document, or takes a list away, is written down before it is shown."""

from __future__ import annotations

from sqlalchemy import Connection

from office.privacy import reads
from office.privacy.reads import About
from storage.database import reading

from .context import DeskContext
from .visitor import visitor


def note(context: DeskContext, about: About) -> None:
    """Write down that the visitor reads something; a citizen's own case is theirs to open as often as they like.

    Within the hour the same again is looked for and not written: a page of before costs one look by an index.
    """
    with reading(context.engine) as connection:
        if known(connection, context, about):
            return
    keep(context, about)


def known(connection: Connection, context: DeskContext, about: About) -> bool:
    """Say whether nothing is to be written down: the visitor is a citizen, or read the same within the hour."""
    return visitor().account is None or reads.known(connection, visitor().actor.key, about, now=context.now())


def keep(context: DeskContext, about: About) -> None:
    """Write down what was not `known`, in a transaction of its own."""
    account = visitor().account
    if account is not None:
        with context.engine.begin() as connection:
            reads.note(connection, (visitor().actor.key, account.display), about, now=context.now())
