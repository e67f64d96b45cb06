"""The day's lists for supervisors: made, looked at, what was reordered and why, what an authority wants, and whether the lists are fair."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts import directory
from inspections.errors import InspectionError
from inspections.planning.day import CAPACITY_MOST
from inspections.rounds import fairness, learning, lists, making, wishes
from inspections.rounds.lists import Listed
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.problems import ProblemError, status_of
from inspections.web.visitor import language, staff
from seal import days
from storage.database import reading
from web import writing

from . import drawing, scope
from .saying import page

ID = f"<int(max={2**53}):list_>"


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    rounds = Blueprint("rounds", __name__, url_prefix=f"{PREFIX}/day", template_folder="templates")

    @rounds.get("", endpoint="page")
    def page_() -> ResponseReturnValue:
        return _page(context)

    @rounds.post("")
    def make() -> ResponseReturnValue:
        try:
            made = _make(context)
        except InspectionError as error:
            return _page(context, error.code)
        return redirect(f"{PREFIX}/day/{made}", 303)

    @rounds.post("/wishes", endpoint="wishes")
    def wishes_() -> ResponseReturnValue:
        authority, form = _authority(), request.form
        try:
            wanted = wishes.read(*(form.get(name, "")[:20] for name in ("share", "capacity", "latitude", "longitude")))
        except InspectionError as error:
            return _page(context, error.code)
        with context.engine.begin() as connection:
            wishes.keep(connection, authority, wanted, by=staff().name, now=context.now())
        return redirect(f"{PREFIX}/day?authority={authority}", 303)

    @rounds.get(f"/{ID}")
    def show(list_: int) -> ResponseReturnValue:
        return _one(context, list_)

    @rounds.get("/fairness", endpoint="fairness")
    def fairness_() -> ResponseReturnValue:
        today = days.day_of(context.now())
        with reading(context.engine) as connection:
            found = fairness.table(connection, context.licensed(), scope.of(staff()), until=today)
        return page("fairness.html", found=found, names=scope.names(context), days=fairness.LOOKED_BACK.days)

    return rounds


def _authority() -> str:
    """Return the authority that a form is about. Raises ProblemError `forbidden` unless it is theirs."""
    authority = request.form.get("authority", "")[:8]
    if not staff().may("supervisor", authority):
        raise ProblemError("forbidden")
    return authority


def _make(context: InspectionsContext) -> int:
    authority, now = _authority(), context.now()
    on = _day(request.form.get("day", ""))
    if on is None:
        raise InspectionError("day_invalid_list")
    with reading(context.engine) as connection:
        officer = directory.find(connection, request.form.get("officer", "")[:64])
        learnt = learning.newest(connection)
    ranked = making.rank(context.engine, context.licensed(), learnt, authority, on, now=now, most=making.WAITED_FOR)
    return making.make(context.engine, ranked, officer, by=staff().name, now=now)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _page(context: InspectionsContext, fault: str = "") -> Response:
    """The lists of one authority on one day, the usual ones where the address names none of theirs."""
    offered, today = scope.offered(context, staff()), days.day_of(context.now())
    asked = request.values.get("authority", "")[:8]
    authority = asked if asked in offered else next(iter(offered), "")
    typed = request.values.get("day", "")
    on = _day(typed) or today
    fault = fault or ("day_invalid_list" if typed and _day(typed) is None else "")
    with reading(context.engine) as connection:
        told = _told(connection, authority, on)
    status = status_of(fault) if fault else 200
    places = {"authorities": offered, "authority": authority, "names": scope.names(context)}
    day = {"on": on, "today": today, "latest": today + making.AHEAD, "written_day": writing.day(on, language()), "most": CAPACITY_MOST}
    return page("day.html", status, fault=fault, typed=request.form, at_hand=context.licensed() is not None, **places, **day, **told)


def _told(connection: Connection, authority: str, on: date) -> dict[str, Any]:
    learnt = learning.newest(connection)
    made = {each.officer_id: each for each in lists.of_day(connection, [authority], on)}
    people = making.inspectors(connection, authority)
    return {
        "learnt": learnt,
        "learnt_day": writing.day(learnt.model.learnt_until, language()) if learnt else "",
        "standing": None if learnt else learning.standing(connection, day=on),
        "wanted": wishes.of(connection, authority),
        "people": [(each, made.get(each.id)) for each in people],
        "equipped": making.equipped(connection, authority),
    }


def _one(context: InspectionsContext, list_id: int) -> Response:
    with reading(context.engine) as connection:
        found = lists.one(connection, list_id, scope.of(staff()))
    areas, names = scope.areas(context), scope.names(context)
    said, points = {code: name[language()] for code, name in names.items()}, [each.point for each in found.order]
    places = drawing.places(points, areas, said)
    return page(
        "day_list.html",
        listed=found,
        places=places,
        spots=[places.frame.place(point) for point in points] if places else [],  # each its own, also two in one house
        streets=context.map.streets(places.frame, language()) if places else None,
        planned={each.number: at for at, each in enumerate(found.stops, 1)},
        by_number={each.number: each for each in found.stops},
        moved=_moved(found),
        names=names,
        types=scope.types(context),
        language=language(),
        written_day=writing.day(found.day, language()),
        learnt_day=writing.day(found.learnt_until, language()) if found.learnt_until else "",
    )


def _moved(listed: Listed) -> list[tuple[str, ...]]:
    """Return, for each other order, the licenses that stand elsewhere than before."""
    return [
        tuple(number for before, number in zip(each.before, each.after, strict=True) if before != number) for each in listed.reordered
    ]
