"""Who read what: numbers, mobiles, cases, documents, lists, copies, and what the police looked up, on one list, newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, true

from accounts.roles import EVERYWHERE
from accounts.tables import accounts
from inspections.visits.tables import lookups
from office.applicants.tables import looks as applicant_looks
from office.applications.tables import applications
from office.work.tables import looks as mobile_looks

from .tables import reads

MOST = 5_000  # of each source


class Seen(NamedTuple):
    """One look. `who` is an account's name, or as acts name people; `case` the number of a case or license, "" for many.

    `source` is applicant, mobile, case, or police; `what` the purpose or what was read, as that source says it; `many` cases of a list.
    """

    at: int
    who: str
    case: str
    authority: str
    source: str
    what: str
    item: str = ""
    many: int = 1


class Sought(NamedTuple):
    """Whose looks: at some cases (names as reads have them, and ids) and licenses, or by one account of either database; and when.

    `authorities`: at cases of these alone, None for all.
    """

    cases: Mapping[str, int] | None = None
    licenses: Collection[str] = ()
    account: str = ""
    between: tuple[int, int] | None = None
    everything: bool = False
    authorities: Collection[str] | None = None


def seen(office: Connection, inspections: Connection | None, sought: Sought) -> list[Seen]:
    """Return the looks, newest first. Without a database of inspections those of the police are not among them."""
    names = {row.id: row.name for row in office.execute(select(accounts.c.id, accounts.c.name))}
    found = [*_applicants(office, sought, names), *_mobiles(office, sought, names), *_reads(office, sought, names)]
    if inspections is not None:
        found += _police(inspections, sought)
    return sorted(found, key=lambda each: (-each.at, each.who, each.case))


def of_authorities(office: Connection, where: Collection[str], *, number: str = "", before: int = 0) -> list[Seen]:
    """Return the looks at a case, or the newest of all, as far as they are about cases of the authorities `where`; `*` is all of them.

    `before`: those of earlier seconds alone (since 1970 UTC), 0 for all.
    """
    sought = Sought(authorities=None if EVERYWHERE in where else sorted(where), between=(0, before) if before else None)
    if number:
        return seen(office, None, sought._replace(cases=cases_of(office, number=number) or {number: 0}))
    return seen(office, None, sought._replace(everything=True))


def cases_of(connection: Connection, *, ids: Collection[int] = (), number: str = "") -> dict[str, int]:
    """Return cases by the names that looks have them under: numbers, and keys of drafts."""
    table = applications.c
    query = select(table.id, table.key, table.number).where(table.number == number if number else table.id.in_(list(ids)))
    return {name: row.id for row in connection.execute(query) for name in (row.key, row.number) if name}


def _key(office: Mapping[int, str], account: str) -> str:
    """Return what the desk calls an account: kind:id."""
    return next((f"staff:{id_}" for id_, name in office.items() if name == account), "staff:")


def _who(key: str, names: Mapping[int, str]) -> str:
    kind, _, id_ = key.partition(":")
    return names.get(int(id_), key) if kind == "staff" and id_.isdecimal() else key


def _during(column: ColumnElement[int], sought: Sought) -> ColumnElement[bool]:
    return true() if sought.between is None else (column >= sought.between[0]) & (column < sought.between[1])


def _within(column: ColumnElement[str], sought: Sought) -> ColumnElement[bool]:
    return true() if sought.authorities is None else column.in_(list(sought.authorities))


def _whose(mine: ColumnElement[bool], about: ColumnElement[bool], sought: Sought) -> ColumnElement[bool]:
    if sought.everything:
        return true()
    return mine if sought.account else about


def _applicants(connection: Connection, sought: Sought, names: Mapping[int, str]) -> Iterator[Seen]:
    table = applicant_looks.c
    where = _whose(table.actor == _key(names, sought.account), table.application.in_(list(sought.cases or ())), sought)
    query = select(table.at, table.actor, table.application, table.authority, table.why).where(where, _during(table.at, sought))
    query = query.where(_within(table.authority, sought))
    for row in connection.execute(query.order_by(table.id.desc()).limit(MOST)):
        yield Seen(row.at, _who(row.actor, names), row.application, row.authority, "applicant", row.why)


def _mobiles(connection: Connection, sought: Sought, names: Mapping[int, str]) -> Iterator[Seen]:
    table = mobile_looks.c
    where = _whose(table.actor == _key(names, sought.account), table.application_id.in_(list((sought.cases or {}).values())), sought)
    query = select(table.at, table.actor, applications.c.number, applications.c.authority, table.why)
    query = query.join(applications, applications.c.id == table.application_id).where(where, _during(table.at, sought))
    query = query.where(_within(applications.c.authority, sought))
    for row in connection.execute(query.order_by(table.id.desc()).limit(MOST)):
        yield Seen(row.at, _who(row.actor, names), row.number or "", row.authority, "mobile", row.why)


def _reads(connection: Connection, sought: Sought, names: Mapping[int, str]) -> Iterator[Seen]:
    table = reads.c
    mine = table.actor.in_([_key(names, sought.account), f"account:{sought.account}"])
    where = _whose(mine, table.application.in_([*(sought.cases or ()), *sought.licenses]), sought)
    columns = table.at, table.actor, table.application, table.authority, table.what, table.item, table.many
    query = select(*columns).where(where, _during(table.at, sought), _within(table.authority, sought))
    for row in connection.execute(query.order_by(table.id.desc()).limit(MOST)):
        yield Seen(row.at, _who(row.actor, names), row.application, row.authority, "case", row.what, row.item, row.many)


def _police(connection: Connection, sought: Sought) -> Iterator[Seen]:
    """Yield look-ups: of an account all, of a person those that asked for a license of theirs by its number or code."""
    table = lookups.c
    where = table.by == sought.account if sought.account else table.asked.in_(list(sought.licenses))
    query = select(table.at, table.by, table.kind, table.asked, table.found).where(where, _during(table.at, sought))
    for row in connection.execute(query.order_by(table.id.desc()).limit(MOST)):
        yield Seen(row.at, row.by, row.asked, "", "police", row.kind, "", row.found)
