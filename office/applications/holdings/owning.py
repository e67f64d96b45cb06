"""Whose license it is: the one rule by which the portal shows a license to a citizen.

An application of theirs made it what it is (issued, renewed, changed; not: copied or cancelled), or made the term before it that it renews;
and its holder is still the one whom that application named: once it has passed to somebody else, it is that person's. What the centre
entered for a mobile counts for whoever proved that mobile, as long as no later application about the license names another one: numbers are
given to somebody else, and the office is told so at the next visit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select, union_all

from issuer.intake.texts import skeleton
from issuer.register.tables import license_links
from office.applications import judging
from office.applications.actors import Actor
from office.applications.context import OfficeContext
from office.applications.tables import applications
from office.services.service import Effect
from seal import claims, cose
from storage.among import among

#: How many applications of one citizen are looked at, the newest first.
MOST = 1_000
_TERMS_MOST = 100  # of one license, one after the other
_MAKES = (Effect.ISSUE, Effect.RENEW, Effect.REPLACE)

#: Who may hold a license, by its number: the names of holders, as people read them alike.
Holders = Mapping[str, frozenset[str]]


class Own(NamedTuple):
    """What a citizen's applications led to: the licenses, each with the holders whom these named, and what follows each by the register."""

    holders: Holders
    later: Mapping[str, frozenset[str]]


def own(connection: Connection, office: OfficeContext, *, actor: Actor) -> Own:
    """Return the licenses that a citizen's applications led to, and the terms that renew these."""
    wheres = _theirs(actor)
    led = _led_to(connection, office, actor, wheres) if wheres else {}
    return _follow(connection, led) if led else Own({}, {})


def owns(connection: Connection, office: OfficeContext, number: str, *, actor: Actor) -> bool:
    """Say whether a license is a citizen's, who names it by its number, which others can guess."""
    wheres, terms = _theirs(actor), _before(connection, number)
    if not wheres:
        return False
    led = _led_to(connection, office, actor, wheres, within=terms)
    holders = frozenset[str]().union(*led.values())
    sealed = judging.find(connection, number) if holders else None
    return sealed is not None and skeleton(sealed[0].holder) in holders


def held_by(token: bytes, holders: Collection[str]) -> bool:
    """Say whether the holder of a license, as its newest seal (a tagged COSE_Sign1) says it, is one of `holders`."""
    return skeleton(claims.from_bytes(cose.from_bytes(token).payload).license.holder) in holders


def passed_on(connection: Connection, number: str, *, actor: Actor) -> bool:
    """Say whether somebody sees a license by their mobile alone, and a later application about it names another one."""
    table = applications.c
    own_ = select(table.id).where(table.issued == number, table.owner == actor.id).limit(1)
    if actor.id and connection.scalar(own_) is not None:
        return False
    return bool(_passed_on(connection, [number], actor.mobile))


def _theirs(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions for a citizen's applications, each by an index of its own; none for who is no citizen."""
    table = applications.c
    if actor.kind != "citizen" or not actor.id:
        return []
    named = [and_(table.owner == "", table.mobile == actor.mobile)] if actor.mobile else []
    return [table.owner == actor.id, *named]


def _led_to(
    connection: Connection,
    office: OfficeContext,
    actor: Actor,
    wheres: Iterable[ColumnElement[bool]],
    within: Collection[str] | None = None,
) -> dict[str, frozenset[str]]:
    table = applications.c
    columns = table.id, table.issued, table.owner, table.service, table.holder
    issued = table.issued.is_not(None) if within is None else table.issued.in_(sorted(within))
    parts = [select(*columns).where(where, issued).order_by(table.id.desc()).limit(MOST).subquery() for where in wheres]
    rows = connection.execute(union_all(*(select(part) for part in parts))).all()
    makes = [row for row in rows if office.service(row.service).effect in _MAKES]
    by_mobile = {row.issued for row in makes if not row.owner} - {row.issued for row in makes if row.owner}
    passed_on = _passed_on(connection, by_mobile, actor.mobile)
    found: dict[str, frozenset[str]] = {}
    for row in makes:
        if row.issued not in passed_on:
            found[row.issued] = found.get(row.issued, frozenset()) | {skeleton(row.holder)}
    return found


def _passed_on(connection: Connection, numbers: Collection[str], mobile: str) -> set[str]:
    """Return those licenses of which a later application names another mobile."""
    if not numbers:
        return set()
    table = applications.c
    query = select(table.issued, table.mobile).where(among(connection, table.issued, numbers), table.mobile != "").order_by(table.id)
    newest = {row.issued: row.mobile for row in connection.execute(query)}
    return {number for number, named in newest.items() if named != mobile}


def _follow(connection: Connection, led: dict[str, frozenset[str]]) -> Own:
    """Add the terms that renew these licenses, whoever applied for them: the holder is the same, or else it is not theirs."""
    links, new, later = license_links.c, set(led), dict[str, frozenset[str]]()
    for _ in range(_TERMS_MOST):
        if not new:
            break
        query = select(links.previous, links.number, links.kind).where(among(connection, links.previous, sorted(new)))
        rows = connection.execute(query).all()
        new = {row.number for row in rows if row.kind == "renewal"} - set(led)
        for previous, number, kind in map(tuple, rows):
            later[previous] = later.get(previous, frozenset()) | {number}
            if kind == "renewal":
                led[number] = led.get(number, frozenset()) | led[previous]
    return Own(led, later)


def _before(connection: Connection, number: str) -> set[str]:
    """Return a license's number with those of the terms that it renews, and that those renew."""
    links, found, new = license_links.c, {number}, {number}
    for _ in range(_TERMS_MOST):
        if not new:
            break
        query = select(links.previous).where(links.number.in_(sorted(new)), links.kind == "renewal")
        new = set(connection.scalars(query)) - found
        found |= new
    return found
