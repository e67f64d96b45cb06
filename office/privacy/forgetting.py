"""An erasure, carried out once: the rows, then the acts about them, then the files. Killed at any moment, it goes on where it was.

Of a case that was decided a row is left that says its number, service, states and days: the bill, the statistics and the log refer to it.
First everything that names the person goes, in one transaction; then the salts of all acts about these rows, with the use of the approval
(ADR 68). Between the two the request is still approved, and the second run finds nothing more to blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Select, Table, delete, select, update

from accounts.tables import sessions
from acts import erasing, subjects
from acts.bodies import Key
from acts.guarded import Guarded
from acts.replay import Replay
from governorate import identity
from issuer.register import requests
from issuer.register.derived import Issued
from issuer.register.requests import Request
from issuer.register.tables import sealing_requests
from objects.errors import ObjectsError
from office.applicants import records as applicants
from office.applicants.tables import applicants as applicant_rows
from office.applicants.tables import index as applicant_index
from office.applications import drafts, retention
from office.applications.application import of
from office.applications.documents import Store
from office.applications.paperwork.tables import judgements
from office.applications.tables import (
    application_events,
    applications,
    attachments,
    inspections,
    objections,
    photograph_places,
    words,
)
from office.citizens.tables import citizens, codes
from office.enforcement.tables import objections as notice_objections
from office.messages.tables import messages
from office.queue.tables import appointments, tickets
from office.van import keeping
from office.van.tables import parcels
from office.work.tables import assignments, notes
from office.work.tables import changes as mobile_changes
from storage.database import reading
from storage.locks import lock_writers

from .errors import PrivacyError

ACTION = "erase"  # of the case's history
_BLANK: dict[str, Any] = {
    **{"owner": "", "mobile": "", "fields": {}, "license": None, "name": "", "holder": "", "case": None, "receipt": None},
    **{"latitude": None, "longitude": None, "cell": None},
}
_BY_CASE: Sequence[tuple[Table, dict[str, Any]]] = (
    (application_events, {"reason": "", "detail": {}}),
    (objections, {"text": "", "reason": ""}),
    (inspections, {"note": ""}),
    (assignments, {"note": ""}),
    (mobile_changes, {"old": "", "new": "", "reason": ""}),
)


class Approved(NamedTuple):
    """What two people decided that goes, by ids, as it is kept with their request."""

    drafts: tuple[int, ...]
    cases: tuple[int, ...]
    citizens: tuple[int, ...]
    notices: tuple[str, ...]

    @classmethod
    def of(cls, request: Request) -> Approved:
        """Read it from a request. Raises PrivacyError `erasure_changed`."""
        try:
            held = request.told["goes"]
            of_drafts, of_cases, of_citizens = (tuple(int(each) for each in held[name]) for name in ("drafts", "cases", "citizens"))
            return cls(of_drafts, of_cases, of_citizens, tuple(str(each) for each in held["notices"]))
        except (KeyError, TypeError, ValueError) as error:
            raise PrivacyError("erasure_changed") from error


class Done(NamedTuple):
    """How much went: cases and drafts, acts that lost their salts, files; and files that a store did not delete, which the sweep will."""

    cases: int
    acts: int
    files: int
    left: int = 0


def carry_out(engine: Engine, store: Store, request_id: int, *, tables: Sequence[Guarded], now: int) -> Done:
    """Erase what request `request_id` says, once; a run after it is done does nothing.

    Raises PrivacyError `erasure_unapproved`, `erasure_changed`; ActError `erase_found`, `acts_not_begun`: then that step is not done.
    """
    with reading(engine) as connection:
        request = requests.show(connection, request_id)
    if request.kind != "forget" or request.state not in ("approved", "used"):
        raise PrivacyError("erasure_unapproved", request.state)
    what = Approved.of(request)
    if request.state == "used":
        return Done(0, 0, 0)
    with engine.begin() as connection:
        lock_writers(connection)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        digests = _files(connection, what)
        cases = _blank(connection, what, request, now)
    acts = _acts(engine, request, what, tables, now)
    files, left = 0, 0
    for digest in digests:
        try:
            files += _gone(engine, store, digest, now)
        except ObjectsError:  # a bucket that does not answer: nothing names the file any more
            left += 1
    return Done(cases, acts, files, left)


def _files(connection: Connection, what: Approved) -> set[bytes]:
    query = select(attachments.c.digest).where(attachments.c.application_id.in_((*what.drafts, *what.cases)))
    return {bytes(each) for each in connection.scalars(query)}


def _blank(connection: Connection, what: Approved, request: Request, now: int) -> int:
    """Take away everything that names the person, and return of how many cases."""
    mobiles = _mobiles(connection, what)
    for row in connection.execute(select(applications).where(applications.c.id.in_(what.drafts))).all():
        _attached(connection, [row.id])
        drafts.forget(connection, of(row))
    there = list(connection.scalars(select(applications.c.id).where(applications.c.id.in_(what.cases), applications.c.name != "")))
    if there:
        _cases(connection, there, request, now)
    _citizens(connection, what.citizens)
    connection.execute(update(notice_objections).where(notice_objections.c.number.in_(what.notices)).values(mobile=""))
    _numbers(connection, mobiles)
    return len(there) + len(what.drafts)


def _mobiles(connection: Connection, what: Approved) -> set[str]:
    """Return the mobiles that these rows name and that no other row will name afterwards."""
    cases = (*what.drafts, *what.cases)
    named = set(connection.scalars(select(citizens.c.mobile).where(citizens.c.id.in_(what.citizens))))
    named |= set(connection.scalars(select(applications.c.mobile).where(applications.c.id.in_(cases))))
    named |= set(connection.scalars(select(notice_objections.c.mobile).where(notice_objections.c.number.in_(what.notices))))
    held = select(applications.c.mobile).where(applications.c.mobile.in_(named), applications.c.id.not_in(cases))
    others = select(citizens.c.mobile).where(citizens.c.mobile.in_(named), citizens.c.id.not_in(what.citizens))
    return named - {""} - set(connection.scalars(held)) - set(connection.scalars(others))


def _cases(connection: Connection, ids: Sequence[int], request: Request, now: int) -> None:
    applicants.delete_data(connection, ids)
    connection.execute(update(applicant_rows).where(applicant_rows.c.application_id.in_(ids)).values(not_holder=False, by_agent=False))
    _attached(connection, ids)
    for table in (notes, words):
        connection.execute(delete(table).where(table.c.application_id.in_(ids)))
    for table, values in _BY_CASE:
        connection.execute(update(table).where(table.c.application_id.in_(ids)).values(values))
    theirs = application_events.c.application_id.in_(ids), ~application_events.c.actor.like("staff:%")
    connection.execute(update(application_events).where(*theirs).values(actor_name=""))
    for id_, state in connection.execute(select(applications.c.id, applications.c.state).where(applications.c.id.in_(ids))).all():
        connection.execute(update(applications).where(applications.c.id == id_).values(_BLANK | {"version": applications.c.version + 1}))
        step = {"application_id": id_, "at": now, "action": ACTION, "from_state": state, "to_state": state, "actor": "system:0"}
        connection.execute(application_events.insert().values(**step, actor_name="office", reason=f"request {request.id}", detail={}))


def _attached(connection: Connection, ids: Sequence[int]) -> None:
    mine = select(attachments.c.id).where(attachments.c.application_id.in_(ids))
    connection.execute(delete(photograph_places).where(photograph_places.c.attachment_id.in_(mine)))
    connection.execute(delete(judgements).where(judgements.c.application_id.in_(ids)))
    connection.execute(delete(attachments).where(attachments.c.application_id.in_(ids)))
    keeping.erase(connection, keeping.of_applications(connection, ids))


def _citizens(connection: Connection, ids: Sequence[int]) -> None:
    booked: Select[tuple[int]] = select(appointments.c.id).where(appointments.c.citizen_id.in_(ids))
    connection.execute(update(tickets).where(tickets.c.appointment_id.in_(booked)).values(appointment_id=None))
    connection.execute(delete(appointments).where(appointments.c.citizen_id.in_(ids)))
    connection.execute(delete(sessions).where(sessions.c.realm == "citizen", sessions.c.subject.in_(ids)))
    connection.execute(delete(citizens).where(citizens.c.id.in_(ids)))


def _numbers(connection: Connection, mobiles: Iterable[str]) -> None:
    """Blank what was sent to these mobiles, and give up what waits."""
    mine = messages.c.recipient.in_(sorted(mobiles))
    connection.execute(update(messages).where(mine, messages.c.state == "waiting").values(state="expired", lease=None))
    connection.execute(update(messages).where(mine).values(recipient="", text=""))
    connection.execute(delete(codes).where(codes.c.mobile.in_(sorted(mobiles))))


def _acts(engine: Engine, request: Request, what: Approved, tables: Sequence[Guarded], now: int) -> int:
    """Take the salts of all acts about these rows away, and use the approval up, in one transaction."""
    roots = [("application", (id_,)) for id_ in (*what.drafts, *what.cases)] + [("citizen", (id_,)) for id_ in what.citizens]
    with engine.begin() as connection:
        query = select(notice_objections.c.id).where(notice_objections.c.number.in_(what.notices))
        roots += [("notice_objection", (id_,)) for id_ in connection.scalars(query)]
        roots += [(parcels.name, (id_,)) for id_ in keeping.of_applications(connection, what.cases)]

        def choice(replay: Replay) -> Sequence[tuple[str, Key]]:
            own = sealing_requests.name, (request.id,)  # the asking stays as it was
            return sorted({*subjects.about(connection, tables, roots), *replay.gone_with(roots)} - {own}, key=str)

        done = erasing.erase(connection, tables, choice, derivation=Issued(identity.default().prefix), now=now)
        requests.use(connection, request, now=now)
    erasing.scrub(engine, *_CHANGED)
    return done.acts


#: Tables whose old rows the database itself is to forget.
_CHANGED = tuple(
    table.name
    for table in (
        *(applications, application_events, attachments, photograph_places, judgements, objections, inspections, notes, words),
        *(
            applicant_rows,
            applicant_index,
            assignments,
            mobile_changes,
            citizens,
            codes,
            messages,
            notice_objections,
            appointments,
            parcels,
        ),
    )
)


def _gone(engine: Engine, store: Store, digest: bytes, now: int) -> bool:
    """Delete a file that no row names any more. What is left over by a kill, the hourly sweep deletes after a day."""
    with reading(engine) as connection:
        named = set(retention.naming(connection, [digest]))
    return not named and store.delete(digest, untouched_since=now + 1)
