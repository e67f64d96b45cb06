"""What stood on a site before: the permits that decide an application's case, and the applications and licenses that look like it.

A site's earlier permits are the license that the applicant names with all that it is linked to, and for types whose lapse is fined also
what the register has of that type at the same spot, or near by under the same name: a fine is not escaped by naming nothing.
Whatever else is near is shown to the reviewer, who knows the street.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, or_, select

from issuer.intake import scripts
from issuer.intake.texts import near, skeleton
from issuer.register.neighbours import (
    TWIN_METRES,
    between_corners,
    bound,
    cells_around,
    corners_around,
    in_ranges,
    keys_of_cell,
    ranged,
)
from issuer.register.tables import events, license_links, licenses, seals
from office.services.cases import Permit
from office.services.state_machine import State
from seal import claims, cose, days, status
from seal.license import License
from seal.site import Point, distance_m, offset
from storage.among import among_named, given
from storage.straight import of_driver

from .access import may_see
from .actors import Actor
from .application import Application, of
from .tables import applications

SPOT_METRES = 5.0  # nearer than any two boards, farther than two measurements of one
_CHAIN_MAX = 100
#: States in which an application is not on its way.
CLOSED = (State.DRAFT, State.ISSUED, State.REJECTED, State.WITHDRAWN)


class Near(NamedTuple):
    """An application or a license close to a site, `metres` away. `same_name` says that it goes by nearly the same name."""

    number: str
    kind: str  # application, license
    name: str
    state: str
    metres: int
    same_name: bool


class _Licensed(NamedTuple):
    """A license of the register, as far as a neighbour asks; `last_day` is an ISO day, None where it is open-ended."""

    number: str
    trade_name: str
    skeleton: str
    latitude: float
    longitude: float
    last_day: str | None


def permits(connection: Connection, license_: License, *, subject: str | None, spot: bool, day: date) -> tuple[Permit, ...]:
    """Return the earlier permits of a site on `day`: those linked to `subject`, and with `spot` those that the register has there.

    A permit at the same spot that still runs, of another holder and under another name, is a neighbour's and decides nothing here; nor do
    the permits that it came after. Where nothing else is found, what lapsed within the reach of the new license counts, if it goes by the
    name or the holder applied for: nobody leaves a fine behind by a step to the side.
    """
    chain = set(_chain(connection, subject)) if subject else set()
    wanted, holder = scripts.skeleton(license_.trade_name), skeleton(license_.holder)
    around = _around(connection, license_.site.point, license_.type, _reach(license_)) if spot else []
    names = {row.number: row.skeleton for row, _ in around}
    near_by = {row.number for row, metres in around if metres <= SPOT_METRES or (metres <= TWIN_METRES and near(row.skeleton, wanted))}
    listed = [*_permits(connection, sorted(chain | near_by))]
    own = [each for each in listed if each.number in chain or near(names[each.number], wanted) or each.holder == holder]
    strangers = [each for each in listed if each not in own]
    running = [each for each in strangers if each.end >= day]
    ended = [each for each in strangers if each.end < day and not any(_follows(connection, each, later, names) for later in running)]
    if own or ended:
        return (*own, *ended)
    covered = [*_permits(connection, [row.number for row, _ in around if row.number not in near_by and _covers(license_, row)])]
    lapsed = [each for each in covered if each.end < day and (near(names[each.number], wanted) or each.holder == holder)]
    going_on = [each for each in covered if each.end >= day]
    return tuple(each for each in lapsed if not any(_renews(connection, each, later, names) for later in going_on))


def _follows(connection: Connection, permit: Permit, later: Permit, names: Mapping[str, str]) -> bool:
    """Say whether a stranger's `later` permit at the spot is the same stranger's, or the same board's."""
    return later.holder == permit.holder or _renews(connection, permit, later, names)


def _renews(connection: Connection, permit: Permit, later: Permit, names: Mapping[str, str]) -> bool:
    """Say whether `later` is the same board's: by its name, or because it came of `permit`."""
    return near(names[later.number], names[permit.number]) or later.number in _chain(connection, permit.number)


def _reach(license_: License) -> float:
    """Return how many metres from its point a license may be valid, at least the 30 m in which the same board may be placed twice."""
    edge = max((math.hypot(east, north) / 10 for east, north in license_.site.footprint), default=0.0)
    return max(TWIN_METRES, edge + license_.site.reach_dm / 10)


def _covers(license_: License, row: _Licensed) -> bool:
    """Say whether a license at the point of `row` is within 30 m, or stands where `license_` would be valid."""
    site = license_.site
    if math.hypot(*offset(site.point, row.latitude, row.longitude)) <= TWIN_METRES:
        return True
    return distance_m(site, row.latitude, row.longitude) * 10 <= site.reach_dm


def licenses_near(connection: Connection, license_: License) -> tuple[Near, ...]:
    """Return the licenses of the same type within 30 m, nearest first."""
    wanted = scripts.skeleton(license_.trade_name)
    found = sorted(_around(connection, license_.site.point, license_.type), key=lambda each: (each[1], each[0].number))
    return tuple(
        Near(row.number, "license", row.trade_name, row.last_day or "", round(metres), near(row.skeleton, wanted)) for row, metres in found
    )


def applications_near(connection: Connection, license_: License, *, but: int, actor: Actor) -> tuple[Near, ...]:
    """Return the open applications for the same type within 30 m, but for the one with the id `but`, nearest first.

    Only those that the actor may see: a citizen's own, the staff's those of their authorities.
    """
    point = license_.site.point
    cells = {"cells": given(connection, sorted(cells_around(point))), "but": but, **bound(*corners_around(point, TWIN_METRES))}
    wanted = scripts.skeleton(license_.trade_name)
    found = []
    for each in map(of, connection.execute(_open_in_cells(connection.dialect.name), cells)):
        metres = _metres(point, each)
        if metres <= TWIN_METRES and each.service.partition(".")[0] == license_.type and may_see(actor, each):
            found.append(Near(each.number, "application", each.name, each.state, round(metres), near(scripts.skeleton(each.name), wanted)))
    return tuple(sorted(found, key=lambda each: (each.metres, each.number)))


@cache
def _open_in_cells(dialect: str) -> Select[Any]:
    """Return the question for the open applications of some cells, within two corners, but for one; built once, as in storage/asked.py.

    Cells are wider than what is asked for, and each row that comes is a whole application to read.
    """
    table = applications.c
    on_their_way = table.state.not_in(CLOSED), table.id != bindparam("but")
    return select(applications).where(among_named(dialect, table.cell, "cells"), *between_corners(table), *on_their_way)


def _metres(point: Point, application: Application) -> float:
    """Return how far from a point an application's site is; one that has none is nowhere near."""
    if application.latitude is None or application.longitude is None:
        return math.inf
    return math.hypot(*offset(point, application.latitude, application.longitude))


def links(connection: Connection, number: str) -> tuple[tuple[str, str, str], ...]:
    """Return what a license is linked to, as (later, earlier, kind)."""
    table = license_links.c
    query = select(table.number, table.previous, table.kind).where(or_(table.number == number, table.previous == number))
    return tuple((later, earlier, kind) for later, earlier, kind in connection.execute(query.order_by(table.id)))


def _chain(connection: Connection, number: str) -> Sequence[str]:
    """Return a license and all that it is linked to, directly or not."""
    known, fresh = {number}, {number}
    table = license_links.c
    while fresh and len(known) < _CHAIN_MAX:
        query = select(table.number, table.previous).where(or_(table.number.in_(fresh), table.previous.in_(fresh)))
        fresh = {each for pair in connection.execute(query) for each in pair} - known
        known |= fresh
    return sorted(known)


def _around(connection: Connection, point: Point, type_: str, reach: float = TWIN_METRES) -> list[tuple[_Licensed, float]]:
    """Return the licenses of a type within `reach` metres of `point`, each with its distance in metres."""
    runs = [(keys_of_cell(first)[0], keys_of_cell(last)[1]) for first, last in _runs(sorted(cells_around(point, reach)))]
    values = {**ranged(runs), **bound(*corners_around(point, reach)), "type": type_}
    rows = (_Licensed(*row) for row in of_driver(connection.execute(_licensed(len(runs)), values)))
    measured = ((row, math.hypot(*offset(point, row.latitude, row.longitude))) for row in rows)
    return [(row, metres) for row, metres in measured if metres <= reach]


@cache
def _licensed(runs: int) -> Select[Any]:
    """Return the question for the licenses of a type in so many runs of cells, within two corners; built once, too."""
    table = licenses.c
    query = select(*(table[name] for name in _Licensed._fields))
    return query.where(in_ranges(runs), *between_corners(table), table.type == bindparam("type"))


def _runs(cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of cells that follow each other: one look-up for a row of the grid."""
    first = 0
    for place, cell in enumerate(cells):
        if place + 1 == len(cells) or cells[place + 1] != cell + 1:
            yield cells[first], cell
            first = place + 1


def _permits(connection: Connection, numbers: Sequence[str]) -> Iterable[Permit]:
    if not numbers:
        return
    columns = licenses.c.id, licenses.c.number, licenses.c.first_day, licenses.c.last_day
    query = select(*columns).where(licenses.c.number.in_(numbers)).order_by(licenses.c.number)
    for row in connection.execute(query).all():
        newest = select(seals.c.token, seals.c.status).where(seals.c.license_id == row.id).order_by(seals.c.edition.desc()).limit(1)
        token, standing = connection.execute(newest).one()
        holder = claims.from_bytes(cose.from_bytes(token).payload).holder
        ended = _revoked_on(connection, row.id) if standing == status.INVALID else None
        last = date.fromisoformat(row.last_day) if row.last_day else None
        yield Permit(row.number, date.fromisoformat(row.first_day), last, skeleton(holder), ended)


def _revoked_on(connection: Connection, license_id: int) -> date | None:
    query = select(events.c.at).where(events.c.license_id == license_id, events.c.kind == "revoked")
    at = connection.scalar(query.order_by(events.c.id.desc()).limit(1))
    return days.day_of(at) if at is not None else None
