"""The map of a case: the site that is asked for on its streets, and around it what is licensed, what ended, what is too close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from maps import Streets
from office.applications import photographs
from office.applications.photographs import Photograph
from office.applications.surroundings import Around, around
from office.applications.views import Casefile
from seal import days
from seal.license import License
from web import plan
from web.plan import Frame, Plan

from . import streetsearch
from .context import DeskContext
from .streetsearch import Found
from .visitor import language

#: How wide the three views are, in reaches of the site (and at least so many metres): the shop, its street, its quarter.
SPANS = ((4.0, 160.0), (10.0, 500.0), (24.0, 1_600.0))
VIEW = "view"  # the query's name
_REACH = 20.0  # units around a dot in which it may be clicked on
WIDEST = 4_000.0  # metres of a street that was found; wider ones would show a crowd of dots


class Dot(NamedTuple):
    """A license on the picture, in its units."""

    x: float
    y: float
    license: Around


class Shot(NamedTuple):
    """A photograph of the site: its place on the picture, in its units; None where that is beside it or not known."""

    spot: tuple[float, float] | None
    photograph: Photograph


class Surrounding(NamedTuple):
    """What the page draws and says of a site."""

    plan: Plan
    streets: Streets | None
    dots: tuple[Dot, ...]
    photographs: tuple[Shot, ...]
    close: tuple[Around, ...]
    before: tuple[Around, ...]
    view: int  # -1 where a street that was found is looked at
    metres: int  # a side of the picture
    search: Found | None = None


def of_case(connection: Connection, context: DeskContext, application: Casefile, asked: str, path: str = "") -> Surrounding | None:
    """Return the map of an application's site in the view that is asked for; None where it has no site.

    `path` is the page's, where streets are searched by name on it.
    """
    license_ = application.license
    if license_ is None:
        return None
    pictured = any(photographs.is_one(each.code) and each.media.startswith("image/") for each in application.attachments)
    held = photographs.of_case(connection, application.number, license_) if pictured else ()
    return of_license(connection, context, license_, asked, path, subject=application.subject, shots=held)


def of_license(
    connection: Connection,
    context: DeskContext,
    license_: License,
    asked: str,
    path: str = "",
    *,
    subject: str | None = None,
    shots: Sequence[Photograph] = (),
) -> Surrounding:
    """Return the map of a license's site, which need not be sealed yet; `subject` is the one that it takes the place of."""
    view = int(asked) if asked in ("0", "1", "2") else 0
    own = _frame(license_, view)
    away = streetsearch.there(context, widest=WIDEST) if path else None
    frame = away or own
    today = days.day_of(context.now())
    found = around(connection, license_, own.point(0, 1), own.point(1, 0), today=today, reach=True)
    seen = around(connection, license_, away.point(0, 1), away.point(1, 0), today=today) if away else found
    # What is too close, and what stood here before, is told whatever part of the map is looked at.
    told = [each for each in found if each.number != subject]
    return Surrounding(
        plan=_drawn(context, license_, frame),
        streets=context.map.streets(frame, language()),
        dots=_dots([each for each in reversed(seen) if each.number != subject], frame),
        photographs=_shots(shots, frame),
        close=tuple(each for each in told if each.close),
        before=tuple(each for each in told if each.before),
        view=-1 if away else view,
        metres=round(frame.span),
        search=streetsearch.linked(context, path, {VIEW: str(view)}, frame, anchor="surrounding") if path else None,
    )


def _dots(seen: Sequence[Around], frame: Frame) -> tuple[Dot, ...]:
    """Return what has any of its dot on the picture: what was looked up goes by cells, which are wider."""
    low, high = -_REACH, plan.SIDE + _REACH
    spots = zip(frame.places(each.point for each in seen), seen, strict=True)
    return tuple(Dot(x, y, each) for (x, y), each in spots if low <= x <= high and low <= y <= high)


def _shots(found: Sequence[Photograph], frame: Frame) -> tuple[Shot, ...]:
    places = ((each, frame.place(each.point) if each.point else None) for each in found)
    return tuple(Shot(spot if spot and all(0 <= part <= plan.SIDE for part in spot) else None, each) for each, spot in places)


def _frame(license_: License, view: int) -> Frame:
    times, least = SPANS[view]
    return Frame(license_.site.point, max(license_.site.reach_dm / 10 * times, least))


def _drawn(context: DeskContext, license_: License, frame: Frame) -> Plan:
    site = license_.site
    return plan.draw(
        frame,
        sorted(context.areas().items()),
        spot=site.point,
        radius_m=0 if site.footprint else site.radius_m,
        outline=plan.footprint(site),
    )
