"""The day's list on the phone: fetched by whoever is signed in on it, and told back when the officer goes another way."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from inspections.devices import records, sign_ins
from inspections.rounds import lists, reordering
from inspections.rounds.lists import Listed, Stop
from seal import days, inspection
from storage.database import reading

from . import questions
from .context import InspectionsContext
from .paths import API
from .visitor import sender, working


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    day = Blueprint("day", __name__, url_prefix=f"{API}/day")

    @day.get("")
    def today() -> Response:
        device, now = working(), context.now()
        on = days.day_of(now)
        with reading(context.engine) as connection:
            found = lists.of_officer(connection, device.authority, sign_ins.present(connection, device, now=now), on)
        response = jsonify(day=on.isoformat(), list=_told(found) if found else None)
        response.headers["Cache-Control"] = "no-store"
        return response

    @day.put("/reorders/<name>")
    def reorder(name: str) -> ResponseReturnValue:
        device = sender()  # also of a stopped one: what an officer did while it was in use is not lost
        told = questions.Reorder.of(request).named(questions.octets_of(name, inspection.ID_BYTES))
        with context.engine.begin() as connection:
            new, state = reordering.take(connection, device, records.line_of(connection, device), told, now=context.now())
        return jsonify(id=name, state=state), 201 if new else 200

    return day


def _told(listed: Listed) -> dict[str, Any]:
    """Return a list as phones take it. How risky a site is stays here: an officer is told why, and finds what there is to find."""
    return {
        "id": listed.id,
        "day": listed.day.isoformat(),
        "officer": listed.officer,
        "made_at": listed.made_at,
        "basis": "unseen" if listed.learnt_until is None else "risk",
        "learnt_until": listed.learnt_until.isoformat() if listed.learnt_until else None,
        "random_share": listed.random_share,
        "start": {"latitude": listed.start.latitude, "longitude": listed.start.longitude},
        "metres": listed.metres,
        "stops": [_stop(each) for each in listed.order],
    }


def _stop(stop: Stop) -> dict[str, Any]:
    site = {"number": stop.number, "type": stop.type, "name": stop.name}
    place = {"latitude": stop.point.latitude, "longitude": stop.point.longitude}
    return site | place | {"chosen": stop.chosen, "why": {"ar": stop.why("ar"), "en": stop.why("en")}, "seen_at": stop.seen_at}
