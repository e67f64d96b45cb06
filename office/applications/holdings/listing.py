"""The licenses of a citizen: one line for each, its terms together, what needs doing first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import Connection, and_, or_, select

from issuer.errors import IssuerError
from issuer.register.tables import license_links, licenses, seals
from office.applications import access
from office.applications.actors import Actor
from office.applications.application import of
from office.applications.context import OfficeContext
from office.applications.sites import CLOSED
from office.applications.tables import applications
from office.services.service import Effect
from office.services.state_machine import State

from . import owning
from .records import Holding, Page, Renewal, Term, shown, status_name

#: The numbers of what follows a license by the register's links.
_Links = Mapping[str, frozenset[str]]


def mine(connection: Connection, office: OfficeContext, *, actor: Actor, today: date, after: int = 0, limit: int = 50) -> Page:
    """Return a page of what a citizen holds on the Cairo day `today`; `after` is how many lines the pages before had.

    A license that was renewed is one line with the term that runs. What has passed to somebody else is not there.
    """
    holders = owning.own(connection, office, actor=actor)
    terms, links = _terms(connection, holders), _links(connection, holders)
    chains = _chains(terms, links)
    renewals = _renewals(connection, office, terms, actor=actor)
    lines = sorted((_line(office, chain, today, terms, links, renewals) for chain in chains), key=lambda each: each.order(today))
    cut = lines[after : after + limit]
    kept = owning.held(connection, {each.number: holders[each.number] for each in cut})
    return Page(tuple(each for each in cut if each.number in kept), after + limit if len(lines) > after + limit else 0)


def find(connection: Connection, office: OfficeContext, number: str, *, actor: Actor) -> Holding:
    """Return one license of a citizen, the term of that number. Raises IssuerError `number_unknown`: also for what is not theirs."""
    number = number[:40].upper()
    terms = _terms(connection, [number])
    if number not in terms or not owning.owns(connection, office, number, actor=actor):
        raise IssuerError("number_unknown")
    links = _links(connection, terms)
    later = frozenset[str]().union(*links.values())  # somebody else's may follow on the same spot: that number is told to nobody
    terms |= _terms(connection, [each for each in later if owning.owns(connection, office, each, actor=actor)])
    return _holding(office, terms[number], terms, links, _renewals(connection, office, [number], actor=actor))


def _line(
    office: OfficeContext, chain: list[Term], today: date, terms: Mapping[str, Term], links: _Links, renewals: Mapping[str, Renewal]
) -> Holding:
    return _holding(office, shown(chain, today), terms, links, renewals)


def _holding(office: OfficeContext, term: Term, terms: Mapping[str, Term], links: _Links, renewals: Mapping[str, Renewal]) -> Holding:
    later = [terms[each] for each in links.get(term.number, ()) if each in terms]
    next_ = min((each for each in later if each.status != "revoked"), key=lambda each: each.first_day, default=None)
    follows = next_ is not None or any(each not in terms for each in links.get(term.number, ()))
    renewable = term.stands and term.last_day is not None and not follows and renews(office, term.type)
    return Holding(term, next_, renewals.get(term.number), renewable)


def renews(office: OfficeContext, type_: str) -> bool:
    """Say whether licenses of a type are renewed."""
    return any(each.type == type_ and each.effect == Effect.RENEW for each in office.services.services.values())


def _terms(connection: Connection, numbers: Iterable[str]) -> dict[str, Term]:
    """Return the licenses of these numbers, by number, each with the status of its newest seal."""
    table = licenses.c
    columns = table.number, table.type, table.authority, table.trade_name, table.first_day, table.last_day
    query = select(*columns, seals.c.status).join(seals, seals.c.license_id == table.id).where(table.number.in_(sorted(numbers)))
    found = {}
    for row in connection.execute(query.order_by(seals.c.edition)):  # a later edition takes an earlier one's place
        first, last = date.fromisoformat(row.first_day), date.fromisoformat(row.last_day) if row.last_day else None
        found[row.number] = Term(row.number, row.type, row.authority, row.trade_name, first, last, status_name(row.status))
    return found


def _links(connection: Connection, numbers: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the terms that follow each of these licenses."""
    table = license_links.c
    found: dict[str, frozenset[str]] = {}
    query = select(table.previous, table.number).where(table.previous.in_(sorted(numbers)))
    for previous, later in connection.execute(query):
        found[previous] = found.get(previous, frozenset()) | {later}
    return found


def _chains(terms: Mapping[str, Term], links: _Links) -> list[list[Term]]:
    """Put the terms of one license together."""
    chains = {number: [term] for number, term in terms.items()}
    for previous, later in ((previous, each) for previous, all_ in links.items() for each in all_ if each in terms):
        one, other = chains[previous], chains[later]
        if one is not other:
            one += other
            chains |= dict.fromkeys((each.number for each in other), one)
    return list({id(chain): chain for chain in chains.values()}.values())


def _renewals(connection: Connection, office: OfficeContext, numbers: Collection[str], *, actor: Actor) -> dict[str, Renewal]:
    """Return the renewals of these licenses that a citizen has begun, an application before a draft, by the license's number."""
    table, services = applications.c, office.services.services.values()
    renew = sorted(each.code for each in services if each.effect == Effect.RENEW)
    first = sorted(each.code for each in services if each.effect == Effect.ISSUE)  # one that came too late
    drafts = and_(table.owner == actor.id, table.state == State.DRAFT.value, table.service.in_(renew))
    sent = and_(table.subject.in_(sorted(numbers)), table.service.in_([*renew, *first]), table.state.not_in(CLOSED))
    found: dict[str, Renewal] = {}
    rows = connection.execute(select(applications).where(or_(drafts, sent)).limit(owning.MOST))
    for each in sorted(map(of, rows), key=lambda each: each.id):
        about = each.fields.get("license", "").strip().upper() if each.state == State.DRAFT else each.subject
        known = found.get(about or "")
        if about in numbers and access.may_see(actor, each) and (known is None or each.state != State.DRAFT):
            found[str(about)] = Renewal(each.number or each.key, each.state)
    return found
