"""Documents of an application: attached while it is a draft or was returned, put aside, never deleted once somebody may have seen them.

An objection may come with one of its own, whose place in the form (`code`) is `OBJECTION`.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, select, update

from issuer.intake.texts import tidy
from office.services.service import Service
from seal.site import Point
from storage import asked

from . import documents, photographs, records
from .actors import Actor
from .application import Application
from .context import OfficeContext, UnitOfWork
from .documents import Store
from .drafts import open_to_change
from .errors import ApplicationError, DocumentError
from .paperwork.opened import opened
from .tables import attachments

FILES_MAX = 30  # of one application
FILENAME_MAX = 120
OBJECTION = "objection"


class Kept(NamedTuple):
    """A document that was judged and is in the store, before any row names it; `place` is where its picture says that it was taken."""

    media: str
    size: int
    digest: bytes
    place: Point | None


class Upload(NamedTuple):
    """A file as it was sent: its octets, what its sender calls it, and, once it was judged and kept (`keep`), what it is in the store."""

    content: bytes
    filename: str
    kept: Kept | None = None


def keep(store: Store, upload: Upload) -> Upload:
    """Judge a file and keep it before the transaction that will name it: however slow the store is, no lock waits for it.

    What no row names in the end is swept away. Raises DocumentError; ObjectsError, OSError where the store fails.
    """
    return Upload(b"", upload.filename, _kept(store, upload.content))


def _kept(store: Store, content: bytes) -> Kept:
    document = documents.parse(content)
    return Kept(document.media, len(document.content), store.put(document), photographs.position(content))


class Attachment(NamedTuple):
    """A document of an application. `digest` is the SHA-256 of what is kept; `filename` is what the applicant called it."""

    id: int
    code: str
    media: str
    size: int
    filename: str
    digest: bytes
    at: int


def attach(unit: UnitOfWork, name: str, code: str, *, content: bytes, filename: str, kept: Kept | None = None) -> Attachment:
    """Keep a document with a draft, or with an application that was returned. It is judged by its content alone.

    `kept` is what is in it, where it was judged and kept before. Raises DocumentError; ApplicationError `application_unknown`,
    `action_refused`, `form_locked`; ObjectsError, OSError where the store fails.
    """
    application = attachable(unit, name, code)
    held = _keep(unit, application.id, code, Upload(content, filename, kept))
    records.edited(unit, application)
    return held


def attachable(unit: UnitOfWork, name: str, code: str) -> Application:
    """Return the application that a document of this code may be attached to, locked for it. Raises as `attach`."""
    application = open_to_change(unit.connection, name, actor=unit.actor, version=None)
    _refuse_locked(unit, application, code=code)
    asked = {
        document.code
        for each in unit.office.services.services.values()
        if _same_type(unit.office, each, application)
        for document in each.documents
    }
    if code not in asked:
        raise DocumentError("document_unknown", code[:48])
    if len(attached(unit.connection, application.id)) >= FILES_MAX:
        raise DocumentError("document_too_many", str(FILES_MAX))
    return application


def attach_to_objection(unit: UnitOfWork, application_id: int, objection_id: int, upload: Upload) -> Attachment:
    """Keep the document that an objection came with; the caller has just made it. Raises DocumentError; OSError where the disk fails."""
    return _keep(unit, application_id, OBJECTION, upload, objection_id=objection_id)


def _keep(unit: UnitOfWork, application_id: int, code: str, upload: Upload, *, objection_id: int | None = None) -> Attachment:
    """Judge a file by its content and keep it, unless that was done. Raises DocumentError, ObjectsError, OSError."""
    kept = upload.kept or _kept(unit.office.store, upload.content)
    filename = _plain(upload.filename) or f"{code}.{documents.suffix(kept.media)}"
    row = {"code": code, "media": kept.media, "size": kept.size, "filename": filename, "digest": kept.digest, "at": unit.now}
    owned = {"application_id": application_id, "objection_id": objection_id, "by": unit.actor.key}
    id_ = unit.connection.execute(attachments.insert().values(row | owned).returning(attachments.c.id)).scalar_one()
    photographs.note(unit.connection, id_, code, kept.place)
    return Attachment(id_, code, kept.media, kept.size, filename, kept.digest, unit.now)


def detach(unit: UnitOfWork, name: str, attachment_id: int) -> None:
    """Put a document aside.

    Raises ApplicationError `application_unknown`, `action_refused`, `form_locked`; DocumentError `document_unknown`, `document_accepted`.
    """
    application = open_to_change(unit.connection, name, actor=unit.actor, version=None)
    _refuse_locked(unit, application, attachment_id=attachment_id)
    _put_aside(unit, application, attachment_id)
    records.edited(unit, application)


def put_in_place(unit: UnitOfWork, application: Application, attachment_id: int, upload: Upload) -> Attachment:
    """Keep a file in the place of a document, which is put aside. The caller holds the application, and knows that this may be.

    Raises DocumentError; OSError where the disk fails.
    """
    kept = _keep(unit, application.id, _put_aside(unit, application, attachment_id), upload)
    records.edited(unit, application)
    return kept


def _put_aside(unit: UnitOfWork, application: Application, attachment_id: int) -> str:
    """Put a document aside, and return its code. Raises DocumentError `document_unknown`."""
    mine = attachments.c.id == attachment_id, *_standing(application.id), attachments.c.objection_id.is_(None)
    gone = update(attachments).where(*mine).values(removed_at=unit.now).returning(attachments.c.code)
    code = unit.connection.scalar(gone)
    if code is None:
        raise DocumentError("document_unknown")
    return str(code)


def _refuse_locked(unit: UnitOfWork, application: Application, *, code: str = "", attachment_id: int = 0) -> None:
    """Return if the form is open. Raises ApplicationError `form_locked`; DocumentError `document_accepted` for what was accepted."""
    changes = opened(unit.connection, application)
    if code in changes.locked_codes or attachment_id in changes.locked:
        raise DocumentError("document_accepted")
    if not changes.form:
        raise ApplicationError("form_locked")


def find(connection: Connection, name: str, attachment_id: int, *, actor: Actor) -> Attachment:
    """Return a document of an application that the actor may see. Its content is to be served as a download and nothing else.

    Raises ApplicationError `application_unknown`; DocumentError `document_unknown`.
    """
    application = records.find(connection, name, actor=actor)
    found = next(iter(_select(connection, attachments.c.id == attachment_id, *_standing(application.id))), None)
    if found is None:
        raise DocumentError("document_unknown")
    return found


def attached(connection: Connection, application_id: int) -> tuple[Attachment, ...]:
    """Return the documents of an application's form that were not put aside, oldest first. The caller has checked who asks."""

    def read() -> tuple[Attachment, ...]:
        return tuple(Attachment(*row) for row in connection.execute(_ATTACHED, {asked.VALUE: application_id}))

    return records.once(connection, ("attached", application_id), read)


def of_objection(connection: Connection, objection_id: int) -> Attachment | None:
    """Return the document that an objection came with, if there is one. The caller has checked who asks."""
    return next(iter(_select(connection, attachments.c.objection_id == objection_id)), None)


def _standing(application_id: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    return attachments.c.application_id == application_id, attachments.c.removed_at.is_(None)


def _select(connection: Connection, *where: ColumnElement[bool]) -> tuple[Attachment, ...]:
    columns = [attachments.c[name] for name in Attachment._fields]
    return tuple(Attachment(*row) for row in connection.execute(select(*columns).where(*where).order_by(attachments.c.id)))


# Built once, as in storage/asked.py.
_ATTACHED = (
    select(*(attachments.c[name] for name in Attachment._fields))
    .where(*_standing(bindparam(asked.VALUE)), attachments.c.objection_id.is_(None))
    .order_by(attachments.c.id)
)


def _same_type(office: OfficeContext, service: Service, application: Application) -> bool:
    """Say whether a service is of the draft's type: its case may turn one procedure into another."""
    return service.type == office.service(application.service).type


def _plain(filename: str) -> str:
    """Return a file's name without its folders and without what could hide or reorder letters; it is only ever shown."""
    kept = "".join(letter for letter in tidy(filename.replace("\\", "/").rpartition("/")[2]) if letter.isprintable())
    return kept[-FILENAME_MAX:]
