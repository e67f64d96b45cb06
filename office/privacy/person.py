"""Who a person is to this house: by numbers that they proved, never by a name; and which rows are theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from issuer.intake.texts import figures
from issuer.register.tables import licenses
from office import mobiles
from office.applicants import form, national_id, records
from office.applicants.keyring import Keyring
from office.applications.tables import applications
from office.citizens.tables import citizens
from office.enforcement.tables import objections as notice_objections
from office.services.state_machine import State
from office.van import keeping
from office.van.keeping import Held

from .errors import PrivacyError

CASES_MOST = 500
_LINES_MOST = 50
_TEXT_MOST = 200


class Named(NamedTuple):
    """What a person is known by: 14 digits, E.164, nine digits, and numbers of cases and licenses whose papers they brought."""

    national_id: str = ""
    mobile: str = ""
    tax_number: str = ""
    numbers: tuple[str, ...] = ()


class Rows(NamedTuple):
    """What is a person's: ids of cases and drafts, of others' cases in which they act as an agent, of accounts; numbers of licenses.

    `keyless` says that who applied could not be searched, for there was no key. `notices` are those to which their mobile objected;
    `brought` what a van brought of theirs that nobody decided about, and `unread` how many of such parcels could not be read.
    """

    cases: tuple[int, ...]
    agent_in: tuple[int, ...]
    citizens: tuple[int, ...]
    licenses: tuple[str, ...]
    notices: tuple[str, ...]
    keyless: bool
    brought: tuple[Held, ...] = ()
    unread: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.cases or self.agent_in or self.citizens or self.licenses or self.notices or self.brought)


def read(lines: Iterable[str], *, today: date) -> Named:
    """Return what a file or answers at a prompt say: lines `national-id: …`, `mobile: …`, `tax-number: …`, `number: …`.

    Raises PrivacyError `person_line` with the line's number alone, `person_unnamed`; ApplicantError and IssuerError for what is no number.
    """
    given: dict[str, str] = {}
    numbers: list[str] = []
    for place, line in enumerate(lines, start=1):
        key, colon, text = (part.strip() for part in line.partition(":"))
        if not key and not colon:
            continue
        if place > _LINES_MOST or len(text) > _TEXT_MOST or not colon or key not in ("national-id", "mobile", "tax-number", "number"):
            raise PrivacyError("person_line", str(place))
        if not text:
            continue
        if key == "number":
            numbers.append(figures(text).upper())
        elif key in given:
            raise PrivacyError("person_line", str(place))
        given[key] = text
    return of(given.get("national-id", ""), given.get("mobile", ""), given.get("tax-number", ""), numbers, today=today)


def of(national: str, mobile: str, tax: str, numbers: Collection[str], *, today: date) -> Named:
    """Return what was typed, in one form. Raises as `read`."""
    if not (national.strip() or mobile.strip() or tax.strip() or numbers):
        raise PrivacyError("person_unnamed")
    company = form.tax_number(tax) if tax.strip() else ""
    if tax.strip() and not company:
        raise PrivacyError("person_line", "tax-number")
    person = national_id.parse(national, today=today) if national.strip() else ""
    return Named(person, mobiles.parse(mobile) if mobile.strip() else "", company, tuple(sorted(set(numbers))))


def find(connection: Connection, keyring: Keyring | None, named: Named) -> Rows:
    """Return what is a person's. Raises PrivacyError `person_too_much`, `person_unknown` where nothing is theirs."""
    by_number = _by_number(connection, keyring, named)
    accounts = _where(connection, citizens.c.id, citizens.c.mobile == named.mobile) if named.mobile else []
    theirs = {id_ for id_, what in by_number if what != "agent"} | set(_cases(connection, named, accounts))
    agent_in = {id_ for id_, what in by_number if what == "agent"} - theirs
    if len(theirs) + len(agent_in) > CASES_MOST:
        raise PrivacyError("person_too_much", str(CASES_MOST))
    issued = _where(connection, applications.c.issued, applications.c.id.in_(theirs), applications.c.issued.is_not(None))
    shown = _where(connection, licenses.c.number, licenses.c.number.in_(named.numbers))
    mine = notice_objections.c.mobile == named.mobile
    objected = _where(connection, notice_objections.c.number, mine) if named.mobile else []
    keyless = keyring is None and bool(named.national_id or named.tax_number)
    mine_ = (tuple(sorted(theirs)), tuple(sorted(agent_in)), tuple(sorted(accounts)))
    numbers = {"mobile": named.mobile, "national_id": named.national_id, "tax_number": named.tax_number}
    brought = keeping.of_person(connection, keyring, **numbers)
    found = Rows(*mine_, tuple(sorted({*issued, *shown})), tuple(sorted(set(objected))), keyless, *brought)
    if found.empty:
        raise PrivacyError("applicant_key_lost" if keyless else "person_unknown")
    return found


def _by_number(connection: Connection, keyring: Keyring | None, named: Named) -> list[tuple[int, str]]:
    """Return the cases that name their national ID or tax number, each with as whose."""
    if keyring is None:
        return []
    sought = [(form.PERSON, named.national_id), (form.COMPANY, named.tax_number)]
    return [each for kind, number in sought if number for each in records.found_by(connection, keyring, kind, number, most=CASES_MOST + 1)]


def _cases(connection: Connection, named: Named, accounts: Collection[int]) -> list[int]:
    """Return the cases of their accounts, those that the centre entered for their mobile, and those whose papers they brought."""
    table, wheres = applications.c, list[ColumnElement[bool]]()
    if accounts:
        wheres.append(table.owner.in_([str(each) for each in accounts]))
    if named.mobile:
        wheres.append(and_(table.owner == "", table.mobile == named.mobile))
    if named.numbers:
        wheres.append(table.number.in_(named.numbers))
    return _where(connection, table.id, or_(*wheres)) if wheres else []


def _where(connection: Connection, column: ColumnElement[object], *where: ColumnElement[bool]) -> list:  # type: ignore[type-arg]
    return list(connection.scalars(select(column).where(*where).limit(CASES_MOST + 1)))


def drafts(connection: Connection, rows: Rows) -> list[int]:
    """Return which of their cases are drafts."""
    return _where(connection, applications.c.id, applications.c.id.in_(rows.cases), applications.c.state == State.DRAFT.value)
