"""The row of an applicant: written as typed, read as far as the keys at hand go. `row` is always the application's random key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, delete, select, update

from storage.asked import VALUE, by

from . import form, sealed
from .errors import ApplicantError
from .keyring import Key, Keyring
from .tables import applicants, index


class Outcome(StrEnum):
    """What is known of who applies."""

    NOT_ASKED = "not_asked"  # nobody was asked, or nobody answered yet
    KEPT = "kept"
    UNREADABLE = "unreadable"  # it is kept, and cannot be read here and now; `fault` says why
    DELETED = "deleted"  # it was kept, and its time was over


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found. `typed` is empty but for `KEPT`; `by` is who typed it last (kind:id)."""

    outcome: Outcome
    typed: Mapping[str, str]
    not_holder: bool = False
    by_agent: bool = False
    by: str = ""
    fault: str = ""


NOTHING = Reading(Outcome.NOT_ASKED, {})


def read(connection: Connection, keyring: Keyring | None, application_id: int, row: str) -> Reading:
    """Return what is kept of an application's applicant. A lost key and a changed row are results, not errors."""
    found = connection.execute(by(applicants, "application_id", order=("application_id",)), {VALUE: application_id}).first()
    return NOTHING if found is None else _of(found, keyring, row)


def _of(found: Row[tuple[object, ...]], keyring: Keyring | None, row: str) -> Reading:
    told = {"not_holder": bool(found.not_holder), "by_agent": bool(found.by_agent), "by": str(found.by)}
    if not found.kid:
        return Reading(Outcome.DELETED, {}, **told)  # type: ignore[arg-type]
    try:
        if keyring is None:
            raise ApplicantError("applicant_key_lost", found.kid)
        key, typed = keyring.find(found.kid), dict[str, str]()
        for column in form.COLUMNS:
            typed |= sealed.unseal(key, bytes(getattr(found, column)), row=row, column=column)
    except ApplicantError as error:
        return Reading(Outcome.UNREADABLE, {}, **told, fault=error.code)  # type: ignore[arg-type]
    return Reading(Outcome.KEPT, typed, **told)  # type: ignore[arg-type]


def write(
    connection: Connection,
    keyring: Keyring,
    application_id: int,
    row: str,
    typed: Mapping[str, str],
    *,
    not_holder: bool,
    by: str,
    now: int,
    today: date,
) -> None:
    """Keep what was typed about who applies, encrypted by the newest key, and what it is found by."""
    key = keyring.current
    values = columns(key, typed, row)
    more = {"kid": key.kid, "not_holder": not_holder, "by_agent": form.by_agent(typed), "at": now, "by": by}
    there = connection.scalar(select(applicants.c.application_id).where(applicants.c.application_id == application_id))
    if there is None:
        connection.execute(applicants.insert().values(application_id=application_id, **values, **more))
    else:
        connection.execute(update(applicants).where(applicants.c.application_id == application_id).values(**values, **more))
    mark(connection, keyring, application_id, typed, today=today)


def columns(key: Key, typed: Mapping[str, str], row: str) -> dict[str, bytes]:
    """Return the encrypted columns of a row."""
    return {
        column: sealed.seal(key, {code: typed.get(code, "") for code in codes}, row=row, column=column)
        for column, codes in form.COLUMNS.items()
    }


def mark(connection: Connection, keyring: Keyring, application_id: int, typed: Mapping[str, str], *, today: date) -> None:
    """Write down what a row is found by, by the newest key, in place of what it was found by before."""
    key = keyring.current
    connection.execute(delete(index).where(index.c.application_id == application_id))
    for what, number in form.numbers(typed, today=today):
        value = sealed.mark(key, _kind_of(what), number)
        connection.execute(index.insert().values(application_id=application_id, what=what, kid=key.kid, value=value))


def _kind_of(what: str) -> str:
    """Return which kind of number is found: an agent's national ID is one like the applicant's."""
    return form.COMPANY if what == form.COMPANY else form.PERSON


def found_by(connection: Connection, keyring: Keyring, kind: str, number: str, *, most: int) -> tuple[tuple[int, str], ...]:
    """Return the applications that name a number, newest first, each as (id, `applicant`, `agent` or `company`)."""
    marks = [sealed.mark(key, kind, number) for key in keyring.keys]
    query = select(index.c.application_id, index.c.what).where(index.c.value.in_(marks))
    return tuple((row[0], row[1]) for row in connection.execute(query.order_by(index.c.application_id.desc()).limit(most)))


def forget(connection: Connection, application_id: int) -> None:
    """Take a draft's applicant out of the tables; it never was an application's."""
    for table in (index, applicants):
        connection.execute(delete(table).where(table.c.application_id == application_id))


def kept_of(connection: Connection, applications: Select[tuple[int]], *, most: int) -> list[int]:
    """Return those of some applications, by their ids, of whose applicants something is kept."""
    query = select(applicants.c.application_id).where(applicants.c.kid != "", applicants.c.application_id.in_(applications))
    return list(connection.scalars(query.order_by(applicants.c.application_id).limit(most)))


def delete_data(connection: Connection, ids: Collection[int]) -> int:
    """Delete what is kept of these applications' applicants; that there was somebody, and whether it was the holder, stays."""
    kept = select(applicants.c.application_id).where(applicants.c.application_id.in_(ids), applicants.c.kid != "")
    if not (mine := list(connection.scalars(kept))):
        return 0
    connection.execute(delete(index).where(index.c.application_id.in_(mine)))
    empty = dict.fromkeys(form.COLUMNS, b"") | {"kid": ""}
    connection.execute(update(applicants).where(applicants.c.application_id.in_(mine)).values(empty))
    return len(mine)
