"""The pages of shared work: the board of what is late, leave and stand-ins, handing over, rules, who read which mobile."""

from __future__ import annotations

from flask import Blueprint, Response, redirect
from flask.typing import ResponseReturnValue

from office.desk.context import DeskContext
from office.desk.visitor import staff, unit_of_work
from office.work import records

from . import board, handing, leaving, looking, ruling

_ID = f"<int(max={2**53}):id_>"


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    team = Blueprint("team", __name__, url_prefix="/centre/work")

    @team.get("/board")
    def board_() -> ResponseReturnValue:
        return board.page(context)

    @team.get("/board.csv")
    def board_csv() -> Response:
        return board.table(context)

    @team.get("/leave")
    def leave() -> ResponseReturnValue:
        return leaving.page(context)

    @team.post("/leave")
    def away() -> ResponseReturnValue:
        return leaving.add(context)

    @team.post(f"/leave/{_ID}/end")
    def end(id_: int) -> ResponseReturnValue:
        return leaving.end(context, id_)

    @team.get("/hand-over")
    def hand_over() -> ResponseReturnValue:
        return handing.page(context)

    @team.post("/hand-over")
    def hand() -> ResponseReturnValue:
        return handing.send(context)

    @team.get("/rules")
    def rules() -> ResponseReturnValue:
        return ruling.page(context)

    @team.post("/rules")
    def rule() -> ResponseReturnValue:
        return ruling.add(context)

    @team.post(f"/rules/{_ID}/remove")
    def unrule(id_: int) -> ResponseReturnValue:
        return ruling.remove(context, id_)

    @team.get("/looks")
    def looks() -> ResponseReturnValue:
        return looking.page(context)

    @team.post("/seen")
    def seen() -> ResponseReturnValue:
        with context.engine.begin() as connection:
            records.told(unit_of_work(connection, context), staff().id)
        return redirect("/centre/", 303)

    return team
