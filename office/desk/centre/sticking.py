"""Stickers in bulk: of what a search finds, of an import, or of numbers; a few pages at a time, each noted as a printed copy."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from office.applications import access
from office.desk.context import DeskContext
from office.desk.downloads import logged_until
from office.desk.problems import status_of
from office.desk.visitor import staff, visitor
from office.licenses import stickers
from office.licenses.imports import records
from office.licenses.stickers import Chosen
from office.papers import press, prints
from office.papers.sticker_sheet import CODE_MM, GRIDS, MOST, Grid, StickerSheet, sticker
from storage.database import reading
from web.downloads import download

from . import searching


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    room = Blueprint("stickers", __name__, url_prefix="/centre/stickers")

    @room.get("")
    def choose() -> ResponseReturnValue:
        return _choose(context)

    @room.post("")
    def print_() -> ResponseReturnValue:
        return _print(context)

    return room


def _where(context: DeskContext) -> tuple[str, ...]:
    """Return the authorities whose licenses the visitor prints."""
    return access.desk_authorities(visitor().actor, context.office().authorities)


def _chosen(context: DeskContext, numbers: list[str]) -> tuple[Chosen, ...]:
    with reading(context.engine) as connection:
        return stickers.of(connection, numbers, _where(context), until=logged_until(context))


def _choose(context: DeskContext, code: str = "") -> ResponseReturnValue:
    """Return the page on which one chooses. `code` is why nothing was printed."""
    asked, numbers, after, import_ = searching.filters(context), list[str](), 0, None
    id_, behind = _number("import"), _number("after")
    if id_:
        with reading(context.engine) as connection:
            import_ = records.find(connection, id_, staff())
            numbers, after = stickers.of_import(connection, id_, after=behind)
    elif asked.sought.anything:
        numbers = [line.number for line in searching.found(context, asked, limit=MOST).lines]
    page = render_template(
        "centre_stickers.html",
        chosen=_chosen(context, numbers),
        left_out=len(numbers),
        after=after,
        import_=import_,
        code=code,
        grids=[(grid, CODE_MM[grid]) for grid in GRIDS],
        most=MOST,
        **searching.common(context, asked),
    )
    return page, status_of(code) if code else 200


def _number(name: str) -> int:
    text = request.values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _print(context: DeskContext) -> ResponseReturnValue:
    """Number and note a copy of each, then make the pages: what is noted and never printed is known, no sticker is without a number."""
    grid: Grid | None = next((each for each in GRIDS if each == request.form.get("grid")), None)
    if grid is None:
        return _choose(context, "size_unknown")
    chosen = _chosen(context, request.form.getlist("number"))
    if not chosen:
        return _choose(context, "stickers_none")
    account, now, trust, host = staff(), context.now(), context.trust(), context.office().host
    made = []
    with context.engine.begin() as connection:
        for each in chosen:  # in the order of their numbers: two who print the same wait for each other
            noted = prints.note(connection, each.number, size=prints.STICKER, by=account.name, now=now)
            made.append(sticker(each.token, grid=grid, host=host, trust=trust, serial=noted.serial))
    content = press.shared().render(StickerSheet(grid, tuple(made), host, now))
    answer: Response = download(content, "application/pdf", f"stickers-{chosen[0].number}-{len(chosen)}.pdf")
    return answer
