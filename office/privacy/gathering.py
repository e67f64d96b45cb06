"""A person's rows, gathered from both databases as plain values: what they are given, and what a breach notice counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from issuer.register import stored
from issuer.register.tables import licenses, seals
from office.applicants import form, records
from office.applicants.keyring import Keyring
from office.applicants.records import Outcome
from office.applications.columns import case_to_json
from office.applications.tables import applications, attachments
from office.services.cases import Case
from office.van.keeping import Held
from seal import claims, cose
from seal.license import License

from .person import Named, Rows
from .sections import INSPECTIONS, OFFICE, Section

ROWS_MOST = 20_000  # of one section
_AT_ONCE = 400

Row = dict[str, Any]


class Document(NamedTuple):
    """A file that a case holds: the case's number or key, and the SHA-256 that it is kept under."""

    case: str
    code: str
    id: int
    media: str
    digest: bytes


@dataclass
class Gathered:
    """Rows by section, the documents, and what could not be looked at, as codes. `roots` are the values that sections go by."""

    sections: dict[str, list[Row]] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    roots: dict[str, set[Any]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.sections.values()))


def gather(office: Connection, inspections: Connection | None, keyring: Keyring | None, named: Named, rows: Rows) -> Gathered:
    """Return everything that is a person's. What no key opens, and a database that is not here, stand in `missing`."""
    found = Gathered(
        roots={
            "citizen": set(rows.citizens),
            "case": set(rows.cases),
            "license": set(rows.licenses),
            "notice": set(rows.notices),
            "mobile": {named.mobile} - {""},
        }
    )
    if inspections is None:
        found.missing.append("copy_without_inspections")
    else:
        _sections(inspections, INSPECTIONS, found)  # first, for they give numbers of notices that the office has
    _sections(office, OFFICE, found)
    found.sections["applicants"] = list(_applicants(office, keyring, rows, found))
    found.sections["seals"] = list(_seals(office, found.roots["license"]))
    found.sections["brought"] = list(map(_brought, rows.brought))
    found.missing += ["copy_without_parcels"] if rows.unread else []
    found.documents = list(_documents(office, rows))
    return found


def _brought(held: Held) -> Row:
    """Return what a van brought and nobody decided about, as it was typed."""
    said = held.parcel
    times = {"reference": held.reference, "service": said.service, "claimed_at": held.claimed_at, "arrived_at": held.arrived_at}
    return {**times, "mobile": said.mobile, "fields": dict(said.fields), "typed_applicant": dict(said.applicant)}


def _sections(connection: Connection, sections: Iterable[Section], found: Gathered) -> None:
    for section in sections:
        rows = list(_rows(connection, section, found.roots.get(section.root, set())))
        for root, column in section.gives:
            found.roots.setdefault(root, set()).update(row[column] for row in rows if row[column])
        found.sections[section.code] = [{column: row[column] for column in section.columns} for row in rows]


def _rows(connection: Connection, section: Section, values: set[Any]) -> Iterable[Row]:
    """Yield the rows of a section, with whatever else they give."""
    given = [column for _, column in section.gives if column not in section.columns]
    columns = [section.table.c[column] for column in (*section.columns, *given)]
    held, order = sorted(values), list(section.table.primary_key.columns)
    for start in range(0, len(held), _AT_ONCE):
        query = select(*columns).where(section.table.c[section.by].in_(held[start : start + _AT_ONCE])).order_by(*order).limit(ROWS_MOST)
        for row in connection.execute(query):
            yield {column.name: plain(value) for column, value in zip(columns, row, strict=True)}


def plain(value: Any) -> Any:
    """Return a value of a column as JSON has it."""
    if isinstance(value, License):
        return stored.to_json(value)
    if isinstance(value, Case):
        return case_to_json(value)
    if isinstance(value, date):
        return value.isoformat()
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _applicants(connection: Connection, keyring: Keyring | None, rows: Rows, found: Gathered) -> Iterable[Row]:
    """Yield who applied in each case as the key reads it; of a case in which they act for somebody else, what is about the agent alone."""
    for id_, key, number in _keys(connection, (*rows.cases, *rows.agent_in)):
        reading = records.read(connection, keyring, id_, key)
        if reading.outcome == Outcome.UNREADABLE:
            found.missing.append(reading.fault)
        if reading.outcome in (Outcome.KEPT, Outcome.DELETED):
            own = form.COLUMNS["agent"] if id_ in rows.agent_in else form.FIELDS
            yield {"number": number, "outcome": str(reading.outcome)} | {
                code: reading.typed[code] for code in own if reading.typed.get(code)
            }


def _keys(connection: Connection, ids: Iterable[int]) -> Iterable[tuple[int, str, str]]:
    query = select(applications.c.id, applications.c.key, applications.c.number).where(applications.c.id.in_(list(ids)))
    return ((row.id, row.key, row.number or "") for row in connection.execute(query.order_by(applications.c.id)))


def _seals(connection: Connection, numbers: set[str]) -> Iterable[Row]:
    """Yield every edition of the licenses, as it was sealed."""
    query = select(licenses.c.number, seals.c.edition, seals.c.iat, seals.c.status, seals.c.token)
    query = query.join(seals, seals.c.license_id == licenses.c.id).where(licenses.c.number.in_(sorted(numbers)))
    for row in connection.execute(query.order_by(licenses.c.id, seals.c.edition)):
        sealed = stored.to_json(claims.from_bytes(cose.from_bytes(bytes(row.token)).payload).license)
        yield {"number": row.number, "edition": row.edition, "sealed_at": row.iat, "status": row.status, "license": sealed}


def _documents(connection: Connection, rows: Rows) -> Iterable[Document]:
    query = select(
        applications.c.number, applications.c.key, attachments.c.code, attachments.c.id, attachments.c.media, attachments.c.digest
    )
    query = query.join(attachments, attachments.c.application_id == applications.c.id).where(applications.c.id.in_(rows.cases))
    for row in connection.execute(query.order_by(attachments.c.id)):
        yield Document(row.number or row.key, row.code, row.id, row.media, bytes(row.digest))


def summary(found: Gathered) -> Mapping[str, int]:
    """Return how many rows each section has, those with none left out."""
    return {code: len(rows) for code, rows in found.sections.items() if rows}
