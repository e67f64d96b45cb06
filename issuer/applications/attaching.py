"""Documents of an application: attached while it is a draft or was returned, put aside, never deleted once somebody may have seen them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, update

from issuer.intake.texts import tidy
from issuer.services.service import Service

from . import documents, records
from .actors import Actor
from .drafts import open_to_change
from .errors import DocumentError
from .office import Office
from .tables import attachments

FILES_MAX = 30  # of one application
FILENAME_MAX = 120


class Attachment(NamedTuple):
    """A document of an application. `digest` is the SHA-256 of what is kept; `filename` is what the applicant called it."""

    id: int
    code: str
    media: str
    size: int
    filename: str
    digest: bytes
    at: int


def attach(
    connection: Connection, office: Office, name: str, code: str, *, content: bytes, filename: str, actor: Actor, now: int
) -> Attachment:
    """Keep a document with a draft, or with an application that was returned. It is judged by its content alone.

    Raises DocumentError; ApplicationError `application_unknown`, `action_refused`; OSError where the disk fails.
    """
    row = open_to_change(connection, name, actor=actor, version=None)
    asked = {document.code for each in office.services.services.values() if _same_type(office, each, row) for document in each.documents}
    if code not in asked:
        raise DocumentError("document_unknown", code[:48])
    if len(attached(connection, row.id)) >= FILES_MAX:
        raise DocumentError("document_too_many", str(FILES_MAX))
    document = documents.parse(content)
    values = {
        "application_id": row.id,
        "code": code,
        "digest": office.store.put(document),
        "media": document.media,
        "size": len(document.content),
        "filename": _plain(filename) or f"{code}.{documents.suffix(document.media)}",
        "at": now,
        "by": actor.key,
    }
    id_ = connection.execute(attachments.insert().values(values).returning(attachments.c.id)).scalar_one()
    records.edited(connection, row, actor=actor, now=now)
    return Attachment(id_, code, document.media, len(document.content), str(values["filename"]), document.digest, now)


def detach(connection: Connection, name: str, attachment_id: int, *, actor: Actor, now: int) -> None:
    """Put a document aside. Raises ApplicationError `application_unknown`, `action_refused`; DocumentError `document_unknown`."""
    row = open_to_change(connection, name, actor=actor, version=None)
    mine_ = attachments.c.id == attachment_id, attachments.c.application_id == row.id, attachments.c.removed_at.is_(None)
    if connection.execute(update(attachments).where(*mine_).values(removed_at=now)).rowcount != 1:
        raise DocumentError("document_unknown")
    records.edited(connection, row, actor=actor, now=now)


def download(connection: Connection, office: Office, name: str, attachment_id: int, *, actor: Actor) -> tuple[Attachment, bytes]:
    """Return a document of an application that the actor may see, with its content. It is to be served as a download and nothing else.

    Raises ApplicationError `application_unknown`; DocumentError `document_unknown`, `document_missing`.
    """
    row = records.find(connection, name, actor=actor)
    found = next((each for each in attached(connection, row.id) if each.id == attachment_id), None)
    if found is None:
        raise DocumentError("document_unknown")
    return found, office.store.get(found.digest)


def attached(connection: Connection, application_id: int) -> tuple[Attachment, ...]:
    """Return the documents of an application that were not put aside, oldest first. The caller has checked who asks."""
    table = attachments.c
    columns = table.id, table.code, table.media, table.size, table.filename, table.digest, table.at
    query = select(*columns).where(table.application_id == application_id, table.removed_at.is_(None)).order_by(table.id)
    return tuple(Attachment(*row) for row in connection.execute(query))


def _same_type(office: Office, service: Service, row: Row[Any]) -> bool:
    """Say whether a service is of the draft's type: its case may turn one procedure into another."""
    return service.type == office.service(row.service).type


def _plain(filename: str) -> str:
    """Return a file's name without its folders and without what could hide or reorder letters; it is only ever shown."""
    kept = "".join(letter for letter in tidy(filename.replace("\\", "/").rpartition("/")[2]) if letter.isprintable())
    return kept[-FILENAME_MAX:]
