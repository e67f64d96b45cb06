"""The documents of an application with what was said of each: judged by who may decide, replaced by who applies.

Whoever entered an application, took its money or inspected its site judges none of its documents, as they do not approve it.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from office.applications import access, attaching, drafts, records
from office.applications.actors import Actor
from office.applications.application import Application
from office.applications.attaching import Attachment, Upload
from office.applications.context import OfficeContext, UnitOfWork
from office.applications.errors import ApplicationError, DocumentError
from office.services import state_machine
from office.services.errors import MoveError
from office.services.service import Service
from office.services.state_machine import REASON_MAX, Role, State

from . import judgements
from .judgements import Judgement, Verdict
from .opened import Opened, opened

VERDICTS: tuple[Verdict, ...] = ("accepted", "returned")
#: While somebody at the office decides, or waits for a visit.
_JUDGED_IN = (State.UNDER_REVIEW, State.INSPECTION_REQUESTED)
_JUDGES = frozenset({Role.REVIEWER, Role.MANAGER})
_APPROVE = "approve"


class Paper(NamedTuple):
    """A document of an application, and what was said of it last, None if nothing was."""

    attachment: Attachment
    judgement: Judgement | None

    @property
    def verdict(self) -> str:
        """`accepted`, `returned`, or "" as long as nobody judged it."""
        return self.judgement.verdict if self.judgement else ""

    @property
    def seen(self) -> int:
        """What a form says to tell which judgement its page showed; 0 for none."""
        return self.judgement.id if self.judgement else 0


class Papers(NamedTuple):
    """The documents of an application as one actor sees them. `judge` is "" for who may judge them now, else the code of why not."""

    all: tuple[Paper, ...]
    opened: Opened
    judge: str

    def of(self, attachment_id: int) -> Paper | None:
        """Return a document by its attachment's id; None for one that is not of the form, as what came with an objection."""
        return next((each for each in self.all if each.attachment.id == attachment_id), None)

    @property
    def returned(self) -> tuple[Paper, ...]:
        """Those that were returned and not replaced yet."""
        return tuple(each for each in self.all if each.verdict == "returned")

    @property
    def unjudged(self) -> tuple[Paper, ...]:
        """Those that nobody judged yet."""
        return tuple(each for each in self.all if not each.verdict)


def of(connection: Connection, office: OfficeContext, number: str, *, actor: Actor) -> Papers:
    """Return the documents of an application that the actor may see.

    To a citizen a judgement is told once the application came back: until then it may still change. Raises ApplicationError
    `application_unknown`.
    """
    application = records.find(connection, number, actor=actor)
    told = actor.kind != "citizen" or application.state == State.RETURNED
    found = papers(connection, application.id) if told else _unjudged(connection, application.id)
    changes = opened(connection, application) if _may_replace(actor, application) else Opened(form=False)
    return Papers(found, changes, _refusal(connection, office, application, actor))


def papers(connection: Connection, application_id: int) -> tuple[Paper, ...]:
    """Return the documents of an application's form with what was said of them, oldest first. The caller has checked who asks."""
    said = judgements.newest(connection, application_id)
    return tuple(Paper(each, said.get(each.id)) for each in attaching.attached(connection, application_id))


def judge(
    unit: UnitOfWork, number: str, attachment_id: int, verdict: Verdict, *, ground: str = "", words: str = "", seen: int | None = None
) -> None:
    """Accept a document, or return it for a ground of the services' file, with words of one's own, or for these alone.

    `seen` is the judgement that the page showed (`Paper.seen`). The application is at a new version then: whoever decides on it has seen
    what was said. Raises ApplicationError `application_unknown`, `action_refused`, `changed_meanwhile` (somebody judged it since);
    MoveError `role_not_allowed`, `same_person`, `reason_missing`; DocumentError `document_unknown`.
    """
    application = records.locked(unit, number)
    if code := _refusal(unit.connection, unit.office, application, unit.actor):
        raise MoveError(code, "judge") if code in ("role_not_allowed", "same_person") else ApplicationError(code)
    paper = next((each for each in papers(unit.connection, application.id) if each.attachment.id == attachment_id), None)
    if paper is None:
        raise DocumentError("document_unknown")
    if seen is not None and seen != paper.seen:
        raise ApplicationError("changed_meanwhile")
    words = " ".join(records.storable(words).split())[:REASON_MAX] if verdict == "returned" else ""
    ground = ground if verdict == "returned" and ground in unit.office.services.grounds else ""
    if verdict == "returned" and not (words or ground):
        raise MoveError("reason_missing", "judge")
    judgements.add(unit, application.id, attachment_id, paper.attachment.digest, verdict, ground=ground, words=words)
    records.change(unit.connection, application, {"version": application.version + 1})


def replace(unit: UnitOfWork, number: str, attachment_id: int, upload: Upload) -> Attachment:
    """Put another file in the place of a document that was returned; the old one is put aside, and nobody has judged the new one.

    Raises ApplicationError `application_unknown`, `action_refused`; DocumentError `document_unknown`, `document_accepted` (locked),
    `document_not_returned`, and as `documents.parse`; ObjectsError, OSError where the store fails.
    """
    return attaching.put_in_place(unit, replaceable(unit, number, attachment_id), attachment_id, upload)


def replaceable(unit: UnitOfWork, number: str, attachment_id: int) -> Application:
    """Return the application whose document may be replaced, locked for it. Raises as `replace`."""
    application = drafts.open_to_change(unit.connection, number, actor=unit.actor, version=None)
    changes = opened(unit.connection, application)
    if attachment_id in changes.locked:
        raise DocumentError("document_accepted")
    if attachment_id not in changes.replaceable:
        known = any(each.id == attachment_id for each in attaching.attached(unit.connection, application.id))
        raise DocumentError("document_not_returned" if known else "document_unknown")
    return application


def refuse_unfit(connection: Connection, office: OfficeContext, application: Application) -> None:
    """Return if the documents let an application be approved.

    Raises ApplicationError `document_returned` where one that is required is, `document_not_accepted` where the service wants each
    required one accepted, and one is not. `detail` is the document's code.
    """
    service, found = office.service(application.service), papers(connection, application.id)
    required = _required(service)
    for each in found:
        if each.verdict == "returned" and each.attachment.code in required:
            raise ApplicationError("document_returned", each.attachment.code)
    if service.documents_accepted:
        for each in found:
            if each.verdict != "accepted" and each.attachment.code in required:
                raise ApplicationError("document_not_accepted", each.attachment.code)


def _required(service: Service) -> frozenset[str]:
    return frozenset(document.code for document in service.documents if document.required)


def _unjudged(connection: Connection, application_id: int) -> tuple[Paper, ...]:
    return tuple(Paper(each, None) for each in attaching.attached(connection, application_id))


def _may_replace(actor: Actor, application: Application) -> bool:
    return access.may_change(actor, application) and drafts.applies(actor, application)


def _refusal(connection: Connection, office: OfficeContext, application: Application, actor: Actor) -> str:
    """Return why the actor may not judge documents now, "" if they may."""
    step = office.service(application.service).machine.actions.get(_APPROVE)
    if application.state not in _JUDGED_IN or step is None:
        return "action_refused"
    if actor.kind != "staff" or not _JUDGES & access.roles(actor, application.authority):
        return "role_not_allowed"
    done = records.done(connection, application, actor=actor)
    return "" if state_machine.apart(step, records.person(actor), done) else "same_person"
