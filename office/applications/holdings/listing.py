"""The licenses of a citizen: one line for each, its terms together, what needs doing first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

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
from storage.among import among

from . import owning
from .records import Holding, Page, Renewal, Term, cursor, place, shown, status_name

PAGE = 50


class _Shelf(NamedTuple):
    """What is known of some licenses, by number: the licenses with the tokens of their newest seals, what follows, what was begun.

    `renewed` are the types of license that are renewed at all.
    """

    terms: Mapping[str, Term]
    tokens: Mapping[str, bytes]
    later: Mapping[str, frozenset[str]]
    renewals: Mapping[str, Renewal]
    renewed: frozenset[str]

    def holding(self, term: Term) -> Holding:
        """Return a license with what comes after it; of another holder's that follows on the same spot only that it does."""
        later = self.later.get(term.number, frozenset())
        known = [self.terms[each] for each in later if each in self.terms]
        next_ = min((each for each in known if each.status != "revoked"), key=lambda each: each.first_day, default=None)
        follows = next_ is not None or len(known) < len(later)
        renewable = term.stands and term.last_day is not None and not follows and term.type in self.renewed
        return Holding(term, next_, self.renewals.get(term.number), renewable)


def mine(connection: Connection, office: OfficeContext, *, actor: Actor, today: date, after: str = "", limit: int = PAGE) -> Page:
    """Return a page of what a citizen holds on the Cairo day `today`; `after` is the page before's, whose last line it begins behind.

    A license that was renewed is one line with the term that runs. What has passed to somebody else is not there, and no cursor names it.
    Raises IssuerError `page_unknown` for an `after` that no page gave.
    """
    behind = place(after) if after else None
    own = owning.own(connection, office, actor=actor)
    shelf = _shelf(connection, office, own.holders, own.later, actor=actor)
    held = [shelf.holding(shown(chain, today)) for chain in _chains(shelf)]
    ordered = sorted(((each.order(today), each) for each in held), key=itemgetter(0))
    following = (each for order, each in ordered if behind is None or order > behind)
    theirs = (each for each in following if owning.held_by(shelf.tokens[each.number], own.holders[each.number]))
    kept = tuple(islice(theirs, limit + 1))
    return Page(kept[:limit], cursor(kept[limit - 1], today) if len(kept) > limit else "")


def find(connection: Connection, office: OfficeContext, number: str, *, actor: Actor) -> Holding:
    """Return one license of a citizen, the term of that number. Raises IssuerError `number_unknown`: also for what is not theirs."""
    number = number[:40].upper()
    if not owning.owns(connection, office, number, actor=actor):
        raise IssuerError("number_unknown")
    links = license_links.c
    later = frozenset(connection.scalars(select(links.number).where(links.previous == number)))
    # Somebody else's may follow on the same spot: that number is told to nobody.
    theirs = [each for each in later if owning.owns(connection, office, each, actor=actor)]
    shelf = _shelf(connection, office, [number, *theirs], {number: later}, actor=actor)
    return shelf.holding(shelf.terms[number])


def renewed(office: OfficeContext) -> frozenset[str]:
    """Return the types of license that are renewed at all."""
    return frozenset(each.type for each in office.services.services.values() if each.effect == Effect.RENEW)


def _shelf(
    connection: Connection, office: OfficeContext, numbers: Collection[str], later: Mapping[str, frozenset[str]], *, actor: Actor
) -> _Shelf:
    if not numbers:
        return _Shelf({}, {}, {}, {}, frozenset())
    table, terms, tokens = licenses.c, dict[str, Term](), dict[str, bytes]()
    columns = table.number, table.type, table.authority, table.trade_name, table.first_day, table.last_day, seals.c.status, seals.c.token
    query = select(*columns).join(seals, seals.c.license_id == table.id).where(among(connection, table.number, sorted(numbers)))
    rows = map(tuple, connection.execute(query.order_by(seals.c.edition)))  # a later edition takes an earlier one's place
    for number, type_, authority, name, first_day, last_day, status, token in rows:
        first, last = date.fromisoformat(first_day), date.fromisoformat(last_day) if last_day else None
        terms[number] = Term(number, type_, authority, name, first, last, status_name(status))
        tokens[number] = token
    return _Shelf(terms, tokens, later, _renewals(connection, office, numbers, actor=actor), renewed(office))


def _chains(shelf: _Shelf) -> list[list[Term]]:
    """Put the terms of one license together."""
    chains = {number: [term] for number, term in shelf.terms.items()}
    for previous, later in ((previous, each) for previous, all_ in shelf.later.items() for each in all_ if each in shelf.terms):
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
    sent = and_(among(connection, table.subject, sorted(numbers)), table.service.in_([*renew, *first]), table.state.not_in(CLOSED))
    found: dict[str, Renewal] = {}
    rows = connection.execute(select(applications).where(or_(drafts, sent)).limit(owning.MOST))
    for each in sorted(map(of, rows), key=lambda each: each.id):
        about = each.fields.get("license", "").strip().upper() if each.state == State.DRAFT else each.subject
        known = found.get(about or "")
        if about in numbers and access.may_see(actor, each) and (known is None or each.state != State.DRAFT):
            found[str(about)] = Renewal(each.number or each.key, each.state)
    return found
