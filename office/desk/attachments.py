"""Files that people keep: an applicant's documents and tables, never opened as a page of ours."""

from __future__ import annotations

from flask import Response

from office.applications import attaching, documents, records
from office.privacy.reads import About
from storage.database import reading
from web.downloads import download

from .context import DeskContext
from .noting import note
from .visitor import visitor

ROW = f"<int(max={2**53}):attachment>"  # beyond, no database has a row


def document(context: DeskContext, name: str, attachment: int) -> Response:
    """Return a document of a draft (by its key) or of an application (by its number).

    Raises ApplicationError, DocumentError; ObjectsError where the store does not answer.
    """
    with reading(context.engine) as connection:
        found = attaching.find(connection, name, attachment, actor=visitor().actor)
        held = records.find(connection, name, actor=visitor().actor)
    content = context.office().store.get(found.digest)  # no connection waits for the store
    note(context, About("document", held.number or held.key, held.authority, f"{found.code} {found.id}"))
    # Never the applicant's name for it: `receipt.pdf.hta` is a program to whoever opens it.
    return download(content, found.media, f"{found.code}-{found.id}.{documents.suffix(found.media)}")
